namespace NetSuperd.FunctionalTests.Harness;

/// <summary>The data of the tests: C programs and plugins.</summary>
internal static class Fixtures
{
    /// <summary>The folder in the repository.</summary>
    public static string Folder { get; } = Path.Combine(BuiltTree.Repository, "tests/NetSuperd.FunctionalTests/fixtures");
}
