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
}
