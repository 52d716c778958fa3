using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Systemd;

/// <summary>
/// The daemon as its unit runs it in a machine, for one test: the map, drop-ins and further units, and what the journal has of it. Its end
/// is part of every test: it stops in order, systemd had to kill nothing, and there was no unexpected Error-level event.
/// </summary>
public sealed class InstalledDaemon : IAsyncDisposable
{
    /// <summary>To be expected by a test in which systemd has to kill a process.</summary>
    public const string Killed = "with signal SIGKILL";

    /// <summary>The folder of its processes; it is not there while there are none.</summary>
    public const string Group = $"/sys/fs/cgroup/system.slice/{Name}";

    private const string Name = "netsuperd.service";
    private const string DropIns = $"/run/systemd/system/{Name}.d";

    // Asks again and again, and once more at the end of standard input. With --follow, journalctl waits for inotify(7) of a file that
    // journald touches by a timer, and can wait for ever.
    private const string Follow = "until read -rt 0.2; (( $? <= 128 )); do \"$@\"; done; \"$@\"";

    private readonly SystemdMachine _machine;
    private readonly string _cursor;
    private readonly RunningProcess _journal;
    private readonly HashSet<string> _expected;
    private readonly List<string> _units = [];

    private InstalledDaemon(SystemdMachine machine, string cursor, IEnumerable<string> expected)
    {
        _machine = machine;
        _cursor = cursor;
        _expected = [.. expected];
        File.WriteAllText(Position, cursor);
        _journal = machine.Start(["bash", "-c", Follow, "bash", .. JournalCommand("--cursor-file=" + Position)]);
    }

    /// <summary>What the journal has of the unit since the test began: the daemon's lines, and systemd's own about it.</summary>
    public LineFeed Journal => _journal.Output;

    /// <summary>The daemon's events so far.</summary>
    public IReadOnlyList<LogEvent> Events => [.. Journal.Lines.Select(LogEvent.Parse).OfType<LogEvent>()];

    // How far the journal has been read; the path is the same in the machine and out here.
    private string Position => Path.Combine(_machine.Folder, "position");

    private string Map => Path.Combine(_machine.Folder, "etc/netsuperd/netsuperd.toml");

    /// <summary>Prepares the unit; it does not run yet.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="map">The map; its log goes to the journal in JSON, and its drain is short unless it says more of the daemon.</param>
    /// <param name="expected">The Error-level events that the test provokes, and <see cref="Killed"/>.</param>
    public static async Task<InstalledDaemon> PrepareAsync(SystemdMachine machine, string map, params string[] expected)
    {
        Privilege.Require("a systemd in namespaces of its own");
        await machine.OutputAsync("journalctl", "--sync");
        var last = await machine.OutputAsync("journalctl", "--lines=1", "--output=cat", "--show-cursor", "--quiet");
        var daemon = new InstalledDaemon(machine, last[(last.LastIndexOf("-- cursor: ", StringComparison.Ordinal) + 11)..], expected);
        daemon.WriteMap(map);
        return daemon;
    }

    /// <summary>The same, and starts it.</summary>
    public static async Task<InstalledDaemon> StartAsync(SystemdMachine machine, string map, params string[] expected)
    {
        var daemon = await PrepareAsync(machine, map, expected);
        try
        {
            await daemon.StartAsync();
            return daemon;
        }
        catch
        {
            await daemon.AbandonAsync();
            throw;
        }
    }

    /// <summary>Replaces the map, as an editor does.</summary>
    public void WriteMap(string map)
    {
        var text = map + (map.Contains("[log]", StringComparison.Ordinal) ? "\n" : "\n[log]\ntarget = \"journal\"\nformat = \"json\"\n");
        text += map.Contains("[daemon]", StringComparison.Ordinal) ? "" : "[daemon]\ndrain = \"2s\"\n";
        File.WriteAllText(Map + ".new", text);
        File.Move(Map + ".new", Map, overwrite: true);
    }

    /// <summary>Takes the map of the repository; its log is text.</summary>
    public void UseShippedMap() => File.Copy(Path.Combine(BuiltTree.Repository, "etc/netsuperd.toml"), Map, overwrite: true);

    /// <summary>Changes the unit for this test.</summary>
    /// <param name="settings">Lines of its section <c>[Service]</c>.</param>
    public async Task AddDropInAsync(string settings)
    {
        Directory.CreateDirectory(_machine.PathOf(DropIns));
        await File.WriteAllTextAsync(
            _machine.PathOf($"{DropIns}/test.conf"), $"[Service]\n{settings}\n", TestContext.Current.CancellationToken);
        await _machine.OutputAsync("systemctl", "daemon-reload");
    }

    /// <summary>Adds a unit for this test, and starts it.</summary>
    public async Task StartUnitAsync(string name, string text)
    {
        _units.Add(name);
        await File.WriteAllTextAsync(_machine.PathOf("/run/systemd/system/" + name), text, TestContext.Current.CancellationToken);
        await _machine.OutputAsync("systemctl", "daemon-reload");
        await _machine.OutputAsync("systemctl", "start", name);
    }

    /// <summary>Starts it, which has to succeed.</summary>
    public async Task StartAsync() => AssertDone(await SystemctlAsync("start"));

    /// <summary>Stops it and starts it again, which has to succeed.</summary>
    public async Task RestartAsync() => AssertDone(await SystemctlAsync("restart"));

    /// <summary>Reloads the map, which has to succeed.</summary>
    public async Task ReloadAsync() => AssertDone(await SystemctlAsync("reload"));

    /// <summary>Sends a signal to the main process.</summary>
    public async Task SignalAsync(string signal) => AssertDone(await SystemctlAsync("kill", "--kill-who=main", "--signal=" + signal));

    /// <summary>Runs a command of systemctl on the unit.</summary>
    public Task<CommandResult> SystemctlAsync(params string[] command) => _machine.RunAsync(["systemctl", .. command, Name]);

    /// <summary>A property of the unit.</summary>
    public Task<string> ShowAsync(string property) => _machine.OutputAsync("systemctl", "show", "--property=" + property, "--value", Name);

    /// <summary>Waits until a property of the unit has the value.</summary>
    public Task UntilAsync(string property, Func<string, bool> holds)
    {
        var asked = ShowAsync(property);
        return Deadline.UntilAsync(() =>
        {
            if (!asked.IsCompleted)
            {
                return false;
            }

            if (holds(asked.GetAwaiter().GetResult()))
            {
                return true;
            }

            asked = ShowAsync(property);
            return false;
        }, $"{property} as expected; the journal ends with:\n{Journal.Tail}");
    }

    /// <summary>Waits for the n-th event of a name.</summary>
    public async Task<LogEvent> WaitForEventAsync(string name, int count = 1)
    {
        var found = 0;
        return await Journal.FindAsync(
            line => LogEvent.Parse(line) is { } next && next.Name == name && ++found == count ? next : null,
            $"event {name} number {count}");
    }

    /// <summary>Asks an echo service of the machine; the connection is open while the process lives.</summary>
    /// <param name="target">An address of socat(1).</param>
    public async Task<RunningProcess> ConnectAsync(string target)
    {
        var client = _machine.Start("socat", "-", target);
        await EchoAsync(client, "first");
        return client;
    }

    /// <summary>Sends a line on an open connection, and waits for it to come back.</summary>
    public static async Task EchoAsync(RunningProcess client, string word)
    {
        await client.Input.WriteLineAsync(word);
        await client.Input.FlushAsync(TestContext.Current.CancellationToken);
        await client.Output.FindAsync(line => line == word ? line : null, $"the word {word}");
    }

    /// <summary>The word that <c>netsuperd send</c> gets back on a port.</summary>
    public async Task<string> SendAsync(string word, int port)
    {
        const string Received = "Received: ";
        var result = await _machine.RunAsync(SystemdMachine.Program, "send", "127.0.0.1", word, $"{port}");
        return result.Output.StartsWith(Received, StringComparison.Ordinal) ? result.Output[Received.Length..].TrimEnd('\n') : $"{result}";
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        var result = await ShowAsync("Result");
        var stop = await SystemctlAsync("stop");
        var stopped = await ShowAsync("Result");
        var journal = await AbandonAsync();
        AssertDone(stop);
        Assert.StartsWith(journal, Journal.Text, StringComparison.Ordinal);
        // A start that failed has said so already.
        Assert.True(stopped == "success" || stopped == result, $"the stop ended with {stopped}:\n{Journal.Tail}");
        var unexpected = Events.Where(found => found.Level is "Error" or "Fatal" && !_expected.Contains(found.Name)).ToList();
        Assert.True(unexpected.Count == 0, $"unexpected events:\n{string.Join('\n', unexpected)}");
        var killed = Journal.Lines.Where(line => line.EndsWith(Killed + ".", StringComparison.Ordinal)).ToList();
        Assert.True(killed.Count > 0 == _expected.Contains(Killed), $"systemd had to kill:\n{string.Join('\n', killed)}");
    }

    /// <summary>Restores the machine, whatever the test did, and reads the journal to its end.</summary>
    /// <returns>What the journal has, read at once.</returns>
    private async Task<string> AbandonAsync()
    {
        await using (_journal)
        {
            await _machine.RunAsync(["systemctl", "stop", Name, .. _units]);

            // With KillMode=process children live on. They would be in the way of the next test.
            await _machine.RunAsync("sh", "-c", $"[ ! -d {Group} ] || xargs --no-run-if-empty kill -KILL <{Group}/cgroup.procs");
            await _machine.OutputAsync("journalctl", "--sync");
            var journal = await _machine.OutputAsync(JournalCommand("--after-cursor=" + _cursor));
            _journal.Input.Close();
            await _journal.ExitAsync();
            if (Directory.Exists(_machine.PathOf(DropIns)))
            {
                Directory.Delete(_machine.PathOf(DropIns), recursive: true);
            }

            _units.ForEach(unit => File.Delete(_machine.PathOf("/run/systemd/system/" + unit)));
            await _machine.OutputAsync("systemctl", "daemon-reload");
            // Forgets failures, and the starts that it counts.
            await _machine.RunAsync("systemctl", "reset-failed", Name);
            return journal;
        }
    }

    private static string[] JournalCommand(params string[] options) =>
        ["journalctl", "--quiet", "--output=cat", "--unit=" + Name, .. options];

    private void AssertDone(CommandResult result) =>
        Assert.True(result.Status == 0, $"status {result.Status}: {result.Errors}; the journal ends with:\n{Journal.Tail}");
}
