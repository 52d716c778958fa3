namespace NetSuperd.FunctionalTests.Harness;

/// <summary>
/// The tree that <c>make build</c> leaves: what the tests drive. <c>NETSUPERD_OUT</c> names another one, such as that of
/// <c>make windows</c>.
/// </summary>
internal static class BuiltTree
{
    /// <summary>The root of the repository.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The folder of the tree.</summary>
    public static string Folder { get; } = Environment.GetEnvironmentVariable("NETSUPERD_OUT") is { Length: > 0 } other
        ? Path.GetFullPath(other)
        : Path.Combine(Repository, "out");

    /// <summary>The executable.</summary>
    public static string Program { get; } =
        new[] { "netsuperd", "netsuperd.exe" }.Select(name => Path.Combine(Folder, name)).FirstOrDefault(File.Exists)
        ?? throw new FileNotFoundException($"there is no netsuperd in {Folder}; run: make build");

    /// <summary>The folder with the contract as a package.</summary>
    public static string Sdk => Path.Combine(Folder, "sdk");

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "NetSuperd.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("no NetSuperd.sln above " + AppContext.BaseDirectory);
    }
}
