using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>
/// A daemon of its own for a test. Its end is part of every test: no unexpected Error-level event, no zombie, and status 0 on
/// TERM.
/// </summary>
public sealed partial class Daemon : IAsyncDisposable
{
    private const int MostStarts = 5;
    private const int SystemError = 71;

    private readonly Scratch _scratch;
    private readonly Dictionary<string, int> _ports;
    private readonly RunningProcess _process;
    private readonly HashSet<string> _expected;
    private bool _isRestarted;

    private Daemon(Scratch scratch, Dictionary<string, int> ports, RunningProcess process, DaemonSetup setup)
    {
        _scratch = scratch;
        _ports = ports;
        _process = process;
        _expected = [.. setup.Expected];
    }

    /// <summary>The process id.</summary>
    public int Pid => _process.Pid;

    /// <summary>The lines of the log, whatever its format.</summary>
    public LineFeed Log => _process.Errors;

    /// <summary>The events so far.</summary>
    public IReadOnlyList<LogEvent> Events => [.. Log.Lines.Select(LogEvent.Parse).OfType<LogEvent>()];

    /// <summary>The daemon's folder, which the map calls <c>%dir%</c>.</summary>
    public Scratch Scratch => _scratch;

    /// <summary>The port that the map calls <c>%name%</c>.</summary>
    public int Port(string name) => _ports[name];

    /// <summary>
    /// Starts a daemon and waits until it serves. In the map <c>%name%</c> is a free port and <c>%dir%</c> the daemon's folder; the log is
    /// JSON unless the map has a section for it, the drain is short, and children of a daemon that is root are root.
    /// </summary>
    public static async Task<Daemon> StartAsync(string map, DaemonSetup? setup = null)
    {
        for (var start = 1; ; start++)
        {
            var daemon = Launch(map, setup);
            var started = daemon.StartedAsync(setup ?? new DaemonSetup());
            await Task.WhenAny(started);
            if (started.IsCompletedSuccessfully)
            {
                return daemon;
            }

            // A port may have been taken between the probe and the bind.
            var again = start < MostStarts
                && daemon._ports.Count > 0
                && daemon._process.HasExited
                && await daemon.ExitAsync() == SystemError;
            await daemon._process.DisposeAsync();
            daemon._scratch.Dispose();
            if (!again)
            {
                await started;
            }
        }
    }

    /// <summary>Starts a daemon that need not come up.</summary>
    public static Daemon Launch(string map, DaemonSetup? setup = null)
    {
        setup ??= new DaemonSetup();
        var scratch = new Scratch();
        var ports = new Dictionary<string, int>();
        var text = Placeholder().Replace(map, match => match.Groups[1].Value is var name && name == "dir"
            ? TestedSystem.Current.PathOf(scratch.Folder)
            : (ports.TryGetValue(name, out var port) ? port : ports[name] = FreePorts.Next()).ToString(CultureInfo.InvariantCulture));
        text += text.Contains("[log]", StringComparison.Ordinal) ? "" : "\n[log]\nformat = \"json\"\n";
        text += text.Contains("[defaults]", StringComparison.Ordinal) ? "" : TestedSystem.Current.Defaults;
        text += text.Contains("[daemon]", StringComparison.Ordinal) ? "" : "\n[daemon]\ndrain = \"2s\"\n";
        var control = TestedSystem.Current.Control(scratch);
        text = text.Contains("control =", StringComparison.Ordinal) || setup.Through.Contains("setpriv") ? text
            : DaemonTable().Replace(text, match => $"{match.Value.TrimEnd('\n')}\ncontrol = '{control}'\n", 1);
        var config = scratch.Write("map.toml", text);
        setup.Prepare?.Invoke(scratch);
        string[] command =
        [
            .. setup.Through,
            .. TestedSystem.Current.Command(
                setup.Program, ["run", .. setup.Arguments ?? ["--config", TestedSystem.Current.PathOf(config)]]),
        ];
        return new Daemon(scratch, ports, RunningProcess.Start(command[0], command[1..], setup.Environment, scratch.Folder), setup);
    }

    /// <summary>Waits for an event of a name, from the first one on.</summary>
    public Task<LogEvent> WaitForEventAsync(string name, Func<LogEvent, bool>? matches = null, TimeSpan? limit = null) => Log.FindAsync(
        line => LogEvent.Parse(line) is { } found && found.Name == name && (matches is null || matches(found)) ? found : null,
        $"event {name}", limit);

    /// <summary>
    /// Waits until there are so many events of a name, and holds that there are no more. A thread of the daemon writes the log: what has
    /// happened may not be written yet.
    /// </summary>
    public async Task<IReadOnlyList<LogEvent>> WaitForEventsAsync(
        string name, int count, Func<LogEvent, bool>? matches = null, TimeSpan? limit = null)
    {
        var missing = count;
        await Log.FindAsync(
            line => LogEvent.Parse(line) is { } found && IsOne(found) && --missing == 0 ? found : null,
            $"event {name} number {count}",
            limit);
        var all = Events.Where(IsOne).ToList();
        Assert.True(all.Count == count, $"{all.Count} events {name} and not {count}:\n{string.Join('\n', all)}");
        return all;

        bool IsOne(LogEvent found) => found.Name == name && (matches is null || matches(found));
    }

    /// <summary>Waits for the start record and the end record of a connection.</summary>
    /// <param name="peer">The client, by its own end.</param>
    /// <param name="server">The daemon's end, where many clients at once may have the same port of their own.</param>
    public async Task<(LogEvent Start, LogEvent End)> WaitForRecordAsync(string peer, string? server = null)
    {
        var start = await Log.FindAsync(
            line => LogEvent.Parse(line) is { Id: 6001 or 6003 } found
                && found["Peer"] == peer
                && (server is null || found["Local"] == server)
                    ? found
                    : null,
            $"start record of {peer}");
        return (start, await WaitForEndAsync(start["ConnectionId"]));
    }

    /// <summary>Waits for the end record of a connection.</summary>
    public Task<LogEvent> WaitForEndAsync(string connectionId) => Log.FindAsync(
        line => LogEvent.Parse(line) is { Id: 6002 or 6004 or 6014 } found && found["ConnectionId"] == connectionId ? found : null,
        $"end record of connection {connectionId}");

    /// <summary>Connects to the port that the map calls <c>%name%</c>.</summary>
    public Task<TcpPeer> ConnectAsync(string port, string address = "127.0.0.1") => TcpPeer.ConnectAsync(Port(port), address);

    /// <summary>Sends a signal.</summary>
    public void Signal(int signal) => _process.Signal(signal);

    /// <summary>Whether it runs no more.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit status.</returns>
    public Task<int> ExitAsync(TimeSpan? limit = null) => _process.ExitAsync(limit);

    /// <summary>Changes the map, which is read at the next reload.</summary>
    public void Edit(Func<string, string> change)
    {
        _scratch.Write("map.new", change(File.ReadAllText(_scratch["map.toml"])));
        File.Move(_scratch["map.new"], _scratch["map.toml"], overwrite: true);
    }

    /// <summary>Runs a command that asks the daemon.</summary>
    public Task<CommandResult> AskAsync(string command, params string[] arguments) =>
        Netsuperd.RunAsync([command, .. arguments, "--control", TestedSystem.Current.Control(_scratch)]);

    /// <summary>Asks on the control channel itself, which takes a tenth of the time that a command takes.</summary>
    /// <returns>The answer.</returns>
    public async Task<ControlReply> RequestAsync(string command, string? service = null, string? signal = null, long? id = null)
    {
        using var control = await TestedSystem.Current.ConnectControlAsync(TestedSystem.Current.Control(_scratch));
        await control.SendAsync(StatusJson.Text(new { V = 1, command, service, signal, id }) + "\n");
        return StatusJson.Read<ControlReply>(await control.ReadToEndAsync());
    }

    /// <summary>
    /// Has it do something that must succeed, and that prints nothing, such as <c>reload</c> or <c>signal</c>.
    /// </summary>
    public async Task DoAsync(string command, string? service = null, string? signal = null, long? id = null)
    {
        var answer = await RequestAsync(command, service, signal, id);
        Assert.True(answer.Status == 0, $"{command}: {string.Join('\n', answer.Messages)}\n{Log.Tail}");
    }

    /// <summary>Runs a command that must succeed, and gives what it prints.</summary>
    public async Task<string> AskedAsync(string command, params string[] arguments)
    {
        var result = await AskAsync(command, arguments);
        Assert.True(result.Status == 0, $"netsuperd {command} ended with {result.Status}:\n{result.Errors}\n{Log.Tail}");
        return result.Output;
    }

    /// <summary>What the daemon serves now.</summary>
    public async Task<DaemonStatus> StatusAsync() => (await RequestAsync("status")).Daemon!;

    /// <summary>Asks for the status until it is the expected one: much is counted a moment after it has happened.</summary>
    public Task<DaemonStatus> StatusAsync(Func<DaemonStatus, bool> isExpected, string what) =>
        Deadline.UntilAsync(StatusAsync, isExpected, what);

    /// <summary>Waits until a service is in a state.</summary>
    public async Task<ServiceStatus> UntilAsync(string service, string state) =>
        (await StatusAsync(status => status.Service(service).State == state, $"{service} is {state}")).Service(service);

    /// <summary>
    /// The processes that a restart has replaced, with what they count: on a busy machine one may answer later than the daemon waits.
    /// </summary>
    public async Task<IReadOnlyList<LingeringProcess>> LingeringAsync() => (await StatusAsync(
        status => status.Lingering.All(process => process.Connections is not null), "each process that was replaced answers")).Lingering;

    /// <summary>Every connection and child that lives.</summary>
    public async Task<IReadOnlyList<ListedConnection>> ConnectionsAsync() =>
        (await RequestAsync("connections")).Connections!;

    /// <summary>Restarts it without closing a socket.</summary>
    /// <returns>The process that serves now.</returns>
    public async Task<int> RestartAsync()
    {
        _isRestarted = true;
        await DoAsync("restart");
        return (await StatusAsync()).Pid;
    }

    /// <summary>Stops it by command, with every process that was the daemon before.</summary>
    public async Task StopAllAsync(params string[] options)
    {
        await AskedAsync("stop", options);
        await ExitAsync();
        _isRestarted = false;
    }

    /// <summary>Stops in order.</summary>
    /// <returns>The exit status.</returns>
    public Task<int> StopAsync(int? signal = null)
    {
        Signal(signal ?? TestedSystem.Current.StopSignal);
        return ExitAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_isRestarted)
            {
                var status = await StatusAsync();
                await DoAsync("stop");
                await Deadline.UntilAsync(
                    () => !status.Lingering.Select(process => process.Pid).Append(status.Pid).Any(ProcFiles.Lives), "the end of all");
            }
            else if (!_process.HasExited)
            {
                await TestedSystem.Current.NoZombiesAsync(Pid);
                var status = await StopAsync();
                Assert.True(status == 0, $"the daemon ended with {status}:\n{Log.Tail}");
            }

            await ExitAsync();
            var unexpected = Events.Where(found => found.Level is "Error" or "Fatal" && !_expected.Contains(found.Name)).ToList();
            Assert.True(unexpected.Count == 0, $"unexpected events:\n{string.Join('\n', unexpected)}");
            Assert.Empty(_process.Output.Lines);
        }
        finally
        {
            await _process.DisposeAsync();
            _scratch.Dispose();
        }
    }

    private Task StartedAsync(DaemonSetup setup)
    {
        const string Said = "Started as process";
        return setup switch
        {
            { LogFile: { } file } => Deadline.UntilAsync(() => HasExited
                ? throw new TimeoutException($"the daemon ended:\n{Log.Tail}")
                : File.Exists(_scratch[file]) && File.ReadAllText(_scratch[file]).Contains(Said, StringComparison.Ordinal), Said),
            { AnswersOn: { } port } => Deadline.UntilAsync(() => HasExited
                ? throw new TimeoutException($"the daemon ended:\n{Log.Tail}")
                : Answers(Port(port)), $"an answer on port {port}"),
            _ => Log.FindAsync(line => line.Contains(Said, StringComparison.Ordinal) ? line : null, Said),
        };
    }

    private static bool Answers(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"^\[daemon\]\n([^\[\n].*\n?|\n)*", RegexOptions.Multiline)]
    private static partial Regex DaemonTable();

    [GeneratedRegex("%([a-z0-9]+)%")]
    private static partial Regex Placeholder();
}
