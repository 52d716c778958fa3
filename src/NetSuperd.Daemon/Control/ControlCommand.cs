using NetSuperd.Commands;

namespace NetSuperd.Control;

/// <summary>
/// A command for a running daemon, an entry of the table below. The command line with its help, the checks of a request and the call of the
/// daemon all come from it.
/// </summary>
/// <param name="word">Its name.</param>
/// <param name="text">Its line in the help; null: only the protocol has it.</param>
/// <param name="arguments">Its arguments.</param>
/// <param name="run">What the daemon does.</param>
internal sealed class ControlCommand(
    string word, string? text, IReadOnlyList<CommandArgument> arguments, Func<IOperator, ControlRequest, Task<ControlAnswer>> run)
{
    public static readonly ControlCommand Reload = new(
        "reload",
        "Apply the changed map",
        [CommandArgument.DryRun, CommandArgument.Full],
        (daemon, request) => daemon.ReloadAsync(request.DryRun ?? false))
    {
        Ask = DaemonCommand.ReloadAsync,
        TakesItsTime = true,
        IsForToken = true,
    };

    public static readonly ControlCommand Restart = new(
        "restart", "Replace the daemon with a new process, without closing a socket", [], (daemon, _) => daemon.RestartAsync())
    {
        TakesItsTime = true,
    };

    public static readonly ControlCommand Reopen = new(
        "reopen", "Reopen the log file, after a rotation has renamed it", [], (daemon, _) => daemon.ReopenAsync())
    {
        TakesItsTime = true,
    };

    public static readonly ControlCommand Stop = new(
        "stop",
        "Stop the daemon, or one service with its children, and wait until it has ended",
        [CommandArgument.OneService, CommandArgument.Now],
        (daemon, request) => request.Service is { } service ? daemon.StopServiceAsync(service, request.Now ?? false)
            : daemon.StopAsync(request.Now ?? false))
    {
        Ask = StopCommand.RunAsync,
        TakesItsTime = true,
    };

    public static readonly ControlCommand Start = new(
        "start",
        "Start a stopped service, or a server that has ended",
        [CommandArgument.Service],
        (daemon, request) => daemon.StartServiceAsync(request.Service!))
    {
        TakesItsTime = true,
    };

    public static readonly ControlCommand Signal = new(
        "signal",
        "Send a signal to the children of a service",
        [CommandArgument.Service, CommandArgument.Signal],
        (daemon, request) => daemon.SignalAsync(request.Service!, request.Signal!))
    {
        TakesItsTime = true,
    };

    public static readonly ControlCommand Status = new(
        "status",
        "Show the services and sockets",
        [CommandArgument.ByService, CommandArgument.Json, CommandArgument.Watch, CommandArgument.Wide],
        (daemon, request) => daemon.StatusAsync(request.Service))
    {
        Ask = StatusCommand.RunAsync,
        IsQuestion = true,
    };

    public static readonly ControlCommand Connections = new(
        "connections",
        "Show the connections and children",
        [
            CommandArgument.ByService, CommandArgument.ByPeer, CommandArgument.ByState, CommandArgument.ByIdle, CommandArgument.Json,
            CommandArgument.Wide,
        ],
        (daemon, request) => daemon.ConnectionsAsync(request.Filter(out _)!))
    {
        Ask = DaemonCommand.ConnectionsAsync,
        IsQuestion = true,
        Check = FilterProblem,
    };

    public static readonly ControlCommand Pause = new(
        "pause",
        "Stop accepting for a service; its clients wait",
        [CommandArgument.Service],
        (daemon, request) => daemon.PauseAsync(request.Service!))
    {
        TakesItsTime = true,
        IsForToken = true,
    };

    public static readonly ControlCommand Resume = new(
        "resume", "Accept again for a paused service", [CommandArgument.Service], (daemon, request) => daemon.ResumeAsync(request.Service!))
    {
        TakesItsTime = true,
        IsForToken = true,
    };

    public static readonly ControlCommand Abort = new(
        "abort",
        "Abort a connection, or all that the options choose",
        [CommandArgument.Id, CommandArgument.ByService, CommandArgument.ByPeer, CommandArgument.ByState, CommandArgument.ByIdle],
        (daemon, request) => request.Id is { } id ? daemon.AbortAsync(id) : daemon.AbortAsync(request.Filter(out _)!))
    {
        IsForToken = true,
        Check = request => FilterProblem(request) ?? (request.Id is null == request.Filter(out _)!.IsNone
            ? "'abort' takes 'id', or a choice by 'service', 'peer', 'state' or 'idle'"
            : null),
    };

    public static readonly ControlCommand Explain = new(
        "explain",
        "Show which service would answer a peer on a socket, and which lines of the map decide",
        [CommandArgument.Peer, CommandArgument.Socket, CommandArgument.Json],
        (daemon, request) => daemon.ExplainAsync(request.Peer!, request.Socket!))
    {
        Ask = ExplainCommand.RunAsync,
        IsQuestion = true,
        ReadsMap = true,
    };

    public static readonly ControlCommand Events = new(
        "events",
        "Print what happens: connections, refusals, failures and changes",
        [CommandArgument.ByService, CommandArgument.Changes, CommandArgument.Json, CommandArgument.Wide],
        (daemon, request) => daemon.EventsAsync(request.Service, request.Changes ?? false))
    {
        Ask = EventsCommand.RunAsync,
        IsQuestion = true,
    };

    public static readonly ControlCommand Map = new("map", null, [], (daemon, _) => daemon.MapAsync()) { IsQuestion = true };

    /// <summary>The table, in the order of the help.</summary>
    public static readonly IReadOnlyList<ControlCommand> All =
        [Reload, Restart, Reopen, Stop, Start, Signal, Status, Connections, Pause, Resume, Abort, Explain, Events, Map];

    public string Word => word;

    public string? Text => text;

    public IReadOnlyList<CommandArgument> Arguments => arguments;

    /// <summary>
    /// What the command does on the command line. Without an action of its own it sends the request and prints the messages.
    /// </summary>
    public Func<CommandCall, Task<int>> Ask { get; private init; } = DaemonCommand.RunAsync;

    /// <summary>
    /// Whether the answer may come late, since the command waits for a reload or a restart: the client then waits without a limit.
    /// </summary>
    public bool TakesItsTime { get; private init; }

    /// <summary>Whether it changes nothing, so that the socket for questions answers it.</summary>
    public bool IsQuestion { get; private init; }

    /// <summary>Whether the socket for questions also answers it if the request has the operators' token.</summary>
    public bool IsForToken { get; private init; }

    /// <summary>Whether <c>--config</c> is the map that the command reads, and not only the way to the daemon.</summary>
    public bool ReadsMap { get; private init; }

    /// <summary>Says what is wrong with the values of a request, before it is sent and when it is received; null: nothing.</summary>
    public Func<ControlRequest, string?> Check { get; private init; } = _ => null;

    /// <summary>The command of that name; null: there is none.</summary>
    public static ControlCommand? Find(string word) => All.FirstOrDefault(command => command.Word == word);

    /// <summary>Carries out a request that <see cref="ControlProtocol"/> has accepted.</summary>
    public Task<ControlAnswer> RunAsync(IOperator daemon, ControlRequest request) => run(daemon, request);

    /// <summary>The request as an operator types it.</summary>
    public string Typed(ControlRequest request) =>
        string.Join(' ', (string[])[word, .. arguments.Select(argument => argument.Typed(request)).OfType<string>()]);

    /// <summary>What is wrong with the members of a request for this command; null: nothing.</summary>
    public string? Complaint(IReadOnlyCollection<string> members)
    {
        var taken = arguments.Where(argument => argument.Member is not null).ToList();
        return members.FirstOrDefault(member => taken.TrueForAll(argument => argument.Member != member)) is { } stray
                ? $"'{word}' has no member '{stray}'"
            : taken.Find(argument => argument.IsNeeded && !members.Contains(argument.Member!)) is { } missing
                ? $"'{word}' needs the member '{missing.Member}'"
            : null;
    }

    private static string? FilterProblem(ControlRequest request) => request.Filter(out var problem) is null ? problem : null;
}
