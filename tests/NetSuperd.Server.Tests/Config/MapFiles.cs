using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Import;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests.Config;

/// <summary>Loads maps for tests: the fixtures, and texts in a folder of their own.</summary>
internal static class MapFiles
{
    public static readonly string Fixtures = Path.Combine(AppContext.BaseDirectory, "fixtures", "config");

    // A user that no system has a name for.
    public static readonly Surroundings Plain = Hosts.Linux.Process.Surroundings() with
    {
        UserId = 54320,
        FirstFreePort = 1024,
        MayBindAny = true,
        MayRaiseLimits = true,
        MostDescriptors = 1 << 20,
        DefaultControl = "/nonexistent/netsuperd/control.sock",
        FastOpen = 3,
        Packages = null,
        HostsAccess = null,
        MayOpenRaw = false,
        MayUseAnyAddress = false,
        HasFixedPorts = false,
    };

    public static readonly Surroundings Root = Plain with { UserId = 0, MayUseAnyAddress = true, HasFixedPorts = true };

    public static LoadRequest Request(string? file, params ReadOnlySpan<string> ports) =>
        new()
        {
            Host = Hosts.Linux,
            File = file,
            Ports = [.. ports],
            ToRun = true,
            IsRoot = false,
            DefaultPlugins = "/opt/netsuperd/plugins",
            ExecHelper = "",
            Program = "/bin/true",
        };

    /// <summary>Imports files of other superservers as root.</summary>
    public static ImportResult Import(params IEnumerable<ForeignPath> files) =>
        MapImport.Run(Request(null) with { ToRun = false }, files, Root);

    /// <summary>Imports a text as a file.</summary>
    /// <param name="folder">Gets the file.</param>
    /// <param name="name">Its name.</param>
    /// <param name="text">The text.</param>
    /// <param name="format">Of what it is; null: the import finds out.</param>
    public static ImportResult Import(this TemporaryFolder folder, string name, string text, ForeignFormat? format = null) =>
        Import(new ForeignPath(format, folder.Write(name, text)));

    public static LoadResult Load(string file, Surroundings? surroundings = null) => MapLoader.Load(Request(file), surroundings ?? Plain);

    /// <summary>Loads a text as a file.</summary>
    public static LoadResult LoadText(string text, Surroundings? surroundings = null)
    {
        using var folder = new TemporaryFolder();
        return Load(folder.Write("map.toml", text), surroundings);
    }

    /// <summary>Loads a text that has no problem at all.</summary>
    public static Map Accept(string text)
    {
        var result = LoadText(text);
        Assert.Empty(result.Problems);
        return result.Map;
    }

    /// <summary>The problems as the administrator reads them, with the folder of the files taken away.</summary>
    public static string Render(LoadResult result, string folder) =>
        string.Concat(result.Problems.Select(problem => ProblemText.Format(problem) + "\n"))
            .Replace(folder + "/", "", StringComparison.Ordinal);

    /// <summary>The messages of a text's problems.</summary>
    public static string[] Messages(string text) => [.. LoadText(text).Problems.Select(problem => problem.Message)];
}
