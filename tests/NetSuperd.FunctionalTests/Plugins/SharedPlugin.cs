namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>The tests that share one build of <see cref="BuiltPlugins"/>.</summary>
[CollectionDefinition("plugins")]
public sealed class SharedPlugin : ICollectionFixture<BuiltPlugins>;
