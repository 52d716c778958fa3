using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>
/// The processes of servers that no present listener has started: those of a predecessor, and those of a listener that another map has
/// replaced or removed. A service has one server at a time, whatever sockets each map gives it.
/// </summary>
/// <param name="host">What the system offers.</param>
/// <param name="loop">Watches the processes.</param>
/// <param name="time">The clock.</param>
internal sealed class Servers(Host host, EventLoop loop, TimeProvider time)
{
    private readonly Dictionary<string, ISocketHolder> _ending = [];

    private Dictionary<string, ServerHistory> _histories = [];

    /// <summary>Takes what the predecessor tells of each server.</summary>
    public void Take(IReadOnlyDictionary<string, ServerHistory> histories) => _histories = new(histories);

    /// <summary>Keeps the server of a listener that is dropped.</summary>
    public void Keep(Listener listener)
    {
        foreach (var (service, _) in _ending.Where(pair => pair.Value.Ended.IsCompleted).ToList())
        {
            _ending.Remove(service);
        }

        if (listener.Server is { Ended.IsCompleted: false } server)
        {
            _ending[listener.Assignment.Service.Name] = server;
        }
    }

    /// <summary>Forgets what the predecessor has told of services that are not in the map: another map may have them again.</summary>
    public void ForgetHistories() => _histories = [];

    /// <summary>The process that a new listener of a server has to wait for, or that serves already; null: none.</summary>
    /// <param name="assignment">The server.</param>
    /// <param name="socket">One of its sockets; null where the program binds its own.</param>
    /// <param name="inherited">What a predecessor has passed on.</param>
    public ISocketHolder? Of(Assignment assignment, BoundSocket? socket, IInheritance inherited)
    {
        var id = Assignment.IdOf(assignment.Service.Name);
        var holder = _ending.Remove(assignment.Service.Name, out var ending) ? ending
            : inherited.TakeServer(id) is { Count: > 0 } ends
                ? host.Sharing.Others(ends, inherited.Children.GetValueOrDefault(id), loop, time)
                : socket?.Holder;
        if (!_histories.Remove(assignment.Service.Name, out var history))
        {
            return holder;
        }

        var record = assignment.Receiver.RecordOf(assignment.Service);
        if (holder is IOtherProcesses { Ended.IsCompleted: false } other)
        {
            var pid = other.Pid;
            record.Take(history, pid);
            return new AdoptedServer(other, pid is not null, record);
        }

        record.Take(history, pid: null);
        return holder;
    }
}
