using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <content>The children that have its sockets, and its server.</content>
internal sealed partial class Listener
{
    /// <summary>Why a child serves although the map, or the operator, wants another one or none.</summary>
    public const string LeftText = "a child serves until it ends (on_change = \"leave\")";

    private volatile ISocketHolder? _server;

    /// <summary>The process of its server, now or last; null for one that is no server, or has not been started.</summary>
    public ISocketHolder? Server => _server;

    /// <summary>Notes the process that runs as its server.</summary>
    public void LeaveTo(ISocketHolder? server) => _server = server;

    /// <summary>Completes when no child has its sockets, and its server has ended.</summary>
    public Task Unshared => Task.WhenAll([.. Bound().Select(socket => socket.Unshared), _server?.Ended ?? Task.CompletedTask]);

    /// <summary><see cref="LeftText"/>, if that is so.</summary>
    private string? LeftChild => LeavesChildren && Bound().Exists(socket =>
        socket.Holder is { Ended.IsCompleted: false, IsEnding: false, Definition: { } definition }
        && (IsPaused || definition != Assignment.Definition)) ? LeftText : null;

    /// <summary>That no client has come to a child that is ending, if that is why.</summary>
    private string? IdleChild => Assignment.Service.Program?.IdleStop is { } limit
        && Bound().Exists(socket => socket.IsEnding && _idle.HasAsked(socket.Holder))
        ? $"no client has come for {Quantity.Format(limit)} (idle_stop): the next one starts another child" : null;

    private bool LeavesChildren => Assignment.Service.Program is { OnChange: ChangeAction.Leave };

    /// <summary>Asks the children that have its sockets to end, unless they match the map.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="drain">Their drain time.</param>
    /// <param name="all">Whether matching children end as well.</param>
    /// <param name="evenLeft">Whether children end as well that the map leaves to their own end.</param>
    public void EndChildren(string reason, TimeSpan drain, bool all = false, bool evenLeft = false)
    {
        if (_server is { Ended.IsCompleted: false } server)
        {
            if (server.TryEnd(all ? null : Assignment.Definition, drain))
            {
                _logger.ServerEnding(Assignment.Service.Name, reason);
            }

            Note();
            return;
        }

        var shared = !evenLeft && LeavesChildren ? [] : Bound().FindAll(socket => !socket.Unshared.IsCompleted);
        var definition = all || shared.Count == 0 ? null : Assignment.Definition;
        foreach (var socket in shared.Where(socket => socket.EndHolder(definition, drain)))
        {
            _logger.ChildEnding(Assignment.Service.Name, socket.Local, reason);
        }

        Note();
    }

    /// <summary>Whether the last children were asked to end because no client came.</summary>
    public bool WereIdle(ISocketHolder holder) => _idle.HasAsked(holder);

    private Task WatchAsync(CancellationToken stopping) =>
        Assignment.Service.Kind == ServiceKind.Wait ? _idle.RunAsync(stopping) : Task.CompletedTask;

    private void NoteChildren() => _idle.Note(
        Bound().Find(socket => !socket.Unshared.IsCompleted)?.Holder, Assignment.Service.Program?.IdleStop);

    /// <summary>
    /// Whether children run that clients cannot reach by one of their sockets: a server, and children that are replaced, have the socket as
    /// long as they run, and that may be always.
    /// </summary>
    private bool AreChildrenCutOff() => _stop is not null
        && (Assignment.IsServer ? _server is { Ended.IsCompleted: false }
            : Assignment.IsPrefork && Bound().Exists(socket => !socket.Unshared.IsCompleted && !socket.IsEnding))
        && Bound().Exists(socket => socket.Released.IsCompleted
            && (socket.Holder is Siblings of && !of.Has(socket)
                || SocketAbsence.LossOf(socket, isServed: true, isShared: false) is not null));
}
