namespace NetSuperd.Benchmarks.Compare;

/// <summary>A package of Debian with the libraries that it needs and the system lacks, unpacked in a cache and not installed.</summary>
/// <param name="Root">Where its files are: a folder of the cache, or <c>/</c> when it is installed already.</param>
/// <param name="Missing">Why it cannot be had; null when it can.</param>
internal sealed record DebianPackage(string Root, string? Missing)
{
    private static readonly string Cache = Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } home
            ? home
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "netsuperd-bench");

    /// <summary>Fetches a package, unless the cache has it.</summary>
    public static async Task<DebianPackage> FetchAsync(string name, CancellationToken cancellation)
    {
        var root = Path.Combine(Cache, name);
        if (Directory.Exists(root))
        {
            return new DebianPackage(root, null);
        }

        var needed = await NeededAsync(name, cancellation);
        if (needed.Status != 0 && Environment.IsPrivilegedProcess)
        {
            // A fresh system has no lists of packages.
            await Outcome.OfAsync(["apt-get", "update", "-qq"], "/", cancellation);
            needed = await NeededAsync(name, cancellation);
        }

        if (needed.Status != 0)
        {
            return new DebianPackage("/", needed.Reason);
        }

        // Inst NAME (VERSION ...)
        var packages = needed.Output.Split('\n')
            .Select(line => line.Split(' '))
            .Where(words => words[0] == "Inst")
            .Select(words => words[1])
            .ToList();
        return packages.Count == 0 ? new DebianPackage("/", null) : await UnpackAsync(root, packages, cancellation);
    }

    /// <summary>The command that runs a program of the package with its libraries.</summary>
    public string[] Command(string program, params string[] arguments)
    {
        var libraries = Root == "/"
            ? []
            : Directory.EnumerateFiles(Root, "*.so.*", SearchOption.AllDirectories).Select(file => Path.GetDirectoryName(file)!).Distinct();
        return ["env", $"LD_LIBRARY_PATH={string.Join(':', libraries)}", Path.Combine(Root, program), .. arguments];
    }

    private static Task<Outcome> NeededAsync(string name, CancellationToken cancellation) =>
        Outcome.OfAsync(["apt-get", "install", "--simulate", "-qq", "--no-install-recommends", name], "/", cancellation);

    private static async Task<DebianPackage> UnpackAsync(string root, List<string> packages, CancellationToken cancellation)
    {
        using var scratch = new Scratch();
        var download = await Outcome.OfAsync(["apt-get", "download", "-qq", .. packages], scratch.Folder, cancellation);
        if (download.Status != 0)
        {
            return new DebianPackage("/", download.Reason);
        }

        // Beside its place and renamed there: what is in the cache is whole.
        var unpacked = $"{root}.{Environment.ProcessId}";
        foreach (var file in Directory.EnumerateFiles(scratch.Folder, "*.deb"))
        {
            Directory.CreateDirectory(unpacked);
            await Outcome.TextAsync(["dpkg-deb", "--extract", file, unpacked], cancellation);
        }

        Directory.Move(unpacked, root);
        return new DebianPackage(root, null);
    }
}
