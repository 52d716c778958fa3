using System.Reflection;
using NetSuperd.Commands;
using NetSuperd.Control;
using NetSuperd.Logging;
using NetSuperd.Server;
using NetSuperd.Server.Permit;

namespace NetSuperd.Hosting;

/// <summary>What this process alone answers, whether it serves or a restart has replaced it.</summary>
/// <param name="server">The server.</param>
/// <param name="output">The log.</param>
internal sealed class OwnAnswers(Superserver server, LogOutput output)
{
    // How long the lines for the old log file may take to be written: longer than any disk that does not hang.
    internal static readonly TimeSpan ReopenPatience = TimeSpan.FromSeconds(5);

    // Read at start: the program's file may be replaced later.
    private readonly string? _version =
        typeof(OwnAnswers).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

    private static string Self => $"netsuperd: process {Environment.ProcessId}";

    /// <summary>The command is carried out.</summary>
    public static ControlAnswer Done() => ControlAnswer.Of(ExitStatus.Ok);

    /// <summary>There is no such connection.</summary>
    public static ControlAnswer NoConnection(long id) => ControlAnswer.Of(ExitStatus.Usage, $"netsuperd: there is no connection {id}");

    /// <summary>There is no such signal.</summary>
    public static ControlAnswer NoSignal(string signal) =>
        ControlAnswer.Of(ExitStatus.Usage, $"netsuperd: '{signal}' is not a signal; write a name such as HUP, or a number");

    /// <summary>The service has no process that a signal could reach.</summary>
    public static ControlAnswer NoProcess(string service) =>
        ControlAnswer.Of(ExitStatus.Usage, $"netsuperd: no process of '{service}' runs");

    /// <summary>The state of its services.</summary>
    public ControlAnswer Status() => Done() with { Daemon = server.Overview.Status() with { Version = _version } };

    /// <summary>Whether a peer that came to a socket now would be admitted.</summary>
    public ControlAnswer Explain(string peer, string socket)
    {
        var (entries, problem) = Explanation.Of(
            server.Map, peer, socket, MapArguments.BuiltinNames, MapArguments.Host.Names, TimeProvider.System.GetUtcNow());
        var outlooks = server.Overview.Outlooks(peer, socket);
        return problem is null ? Done() with { Outlooks = outlooks, Explained = ExplainedPeer.Of(entries, outlooks) }
            : ControlAnswer.Of(ExitStatus.Usage, $"netsuperd: {problem}") with { Outlooks = [] };
    }

    /// <summary>The map in force.</summary>
    public ControlAnswer Map() =>
        Done() with { Entries = server.Configuration.Entries().ToDictionary(entry => entry.Path, entry => entry.Value) };

    /// <summary>Reopens its log file, and waits until the last line is in the old one.</summary>
    public async Task<ControlAnswer> ReopenAsync()
    {
        var (failure, isDone) = output.Reopen();
        await isDone.WaitAsync(ReopenPatience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var status = failure is { IsPermission: true } ? ExitStatus.NoPermission : ExitStatus.System;
        return failure is not null ? ControlAnswer.Of(status, $"{Self} {failure.Message}; it keeps the old one")
            : !isDone.IsCompleted ? ControlAnswer.Of(status, $"{Self} still writes to the old log file")
            : Done();
    }
}
