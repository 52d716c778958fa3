namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>The tests that share one build of <see cref="TroublePlugin"/>.</summary>
[CollectionDefinition("plugins")]
public sealed class SharedPlugin : ICollectionFixture<TroublePlugin>;
