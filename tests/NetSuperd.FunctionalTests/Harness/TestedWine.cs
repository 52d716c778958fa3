namespace NetSuperd.FunctionalTests.Harness;

/// <summary>Windows as Wine provides it on this machine: its sockets are those of Linux, and its drive Z: is the tree of Linux.</summary>
internal sealed class TestedWine : TestedSystem
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Starter => ["/usr/lib/wine/wine64"];

    /// <summary>It arrives as Ctrl+C; TERM would kill the process.</summary>
    public override int StopSignal => RunningProcess.SIGINT;

    /// <inheritdoc/>
    public override bool CountsBacklogs => false;

    /// <inheritdoc/>
    public override string Defaults => "";

    /// <summary>Windows takes this slash too, which needs no escape in TOML.</summary>
    public override string PathOf(string path) => "Z:" + path;

    /// <inheritdoc/>
    public override string Written(string path) => PathOf(path).Replace('/', '\\');

    /// <inheritdoc/>
    public override string Control(Scratch scratch) => @"\\.\pipe\" + Path.GetFileName(scratch.Folder);

    /// <inheritdoc/>
    public override async Task<TcpPeer> ConnectControlAsync(string control)
    {
        var connection = await TcpPeer.ConnectAsync(await PipeBridge.PortAsync());
        await connection.SendAsync(Path.GetFileName(control.Replace('\\', '/')) + "\n");
        return connection;
    }

    /// <summary>
    /// The wineserver makes the sockets of all programs, so a network needs one of its own, and with it a prefix: with the registry of this
    /// one, and the same files.
    /// </summary>
    public override IReadOnlyList<string> InNetwork(Scratch scratch)
    {
        var prefix = Environment.GetEnvironmentVariable("WINEPREFIX")!;
        foreach (var file in Directory.EnumerateFiles(prefix, "*.reg").Append(Path.Combine(prefix, ".update-timestamp")))
        {
            File.Copy(file, scratch[Path.GetFileName(file)]);
        }

        foreach (var folder in Directory.EnumerateDirectories(prefix))
        {
            Directory.CreateSymbolicLink(scratch[Path.GetFileName(folder)], folder);
        }

        return ["env", $"WINEPREFIX={scratch.Folder}"];
    }

    /// <inheritdoc/>
    public override Task LeaveNetworkAsync(Scratch scratch) =>
        Harness.Command.RunAsync("env", $"WINEPREFIX={scratch.Folder}", "/usr/lib/wine/wineserver64", "--kill");

    /// <summary>Windows has none.</summary>
    public override Task NoZombiesAsync(int daemon) => Task.CompletedTask;
}
