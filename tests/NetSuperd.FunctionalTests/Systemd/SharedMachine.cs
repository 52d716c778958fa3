using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Systemd;

/// <summary>The tests that share one <see cref="SystemdMachine"/>, one after the other: each has the unit for itself.</summary>
[CollectionDefinition("systemd")]
public sealed class SharedMachine : ICollectionFixture<SystemdMachine>;
