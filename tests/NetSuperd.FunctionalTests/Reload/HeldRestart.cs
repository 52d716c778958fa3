using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Reload;

/// <summary>A restart whose new process waits for its map, a FIFO without a writer, as long as the test wants.</summary>
public sealed class HeldRestart
{
    private readonly Daemon _daemon;
    private readonly string _map;

    private HeldRestart(Daemon daemon, string map, int pid) => (_daemon, _map, NewPid) = (daemon, map, pid);

    /// <summary>The new process.</summary>
    public int NewPid { get; }

    /// <summary>Begins a restart.</summary>
    /// <param name="daemon">The daemon.</param>
    /// <param name="begin">Asks for it.</param>
    public static async Task<HeldRestart> BeginAsync(Daemon daemon, Action begin)
    {
        var map = File.ReadAllText(daemon.Scratch["map.toml"]);
        File.Delete(daemon.Scratch["map.toml"]);
        await Command.OutputAsync("/usr/bin/mkfifo", daemon.Scratch["map.toml"]);
        begin();
        await daemon.WaitForEventAsync("RestartBegun");
        await Deadline.UntilAsync(() => Grandchildren(daemon).Count == 1, "the new process");
        return new HeldRestart(daemon, map, Grandchildren(daemon)[0]);
    }

    /// <summary>Lets the new process read the map.</summary>
    public async Task GoOnAsync(Func<string, string>? change = null)
    {
        await using var fifo = await Deadline.WithinAsync(
            Task.Run(() => new FileStream(_daemon.Scratch["map.toml"], FileMode.Open, FileAccess.Write)), "the reader of the map");
        _daemon.Scratch.Write("map.new", (change ?? (text => text))(_map));
        File.Move(_daemon.Scratch["map.new"], _daemon.Scratch["map.toml"], overwrite: true);
        await fifo.WriteAsync(System.Text.Encoding.UTF8.GetBytes(_map));
    }

    private static List<int> Grandchildren(Daemon daemon) =>
        [.. ProcFiles.Children(daemon.Pid).SelectMany(child => ProcFiles.Children(child.Pid)).Select(child => child.Pid)];
}
