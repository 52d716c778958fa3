using NetSuperd.Native;

namespace NetSuperd.Server.Listen;

/// <summary>Finds processes that children have left with a socket of theirs: they take clients as well, which neither the log nor any limit sees.</summary>
/// <remarks>
/// A process that has the socket while no child has it was left by one. Where a child has it at the beginning or the end of a look, a process is left if it had the
/// socket at the look before, and the child of that time has ended. A process that passed the sockets to the daemon and its successor may have them as well.
/// </remarks>
internal sealed class LeftHolders(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Dictionary<BoundSocket, Look> _looks = [];
    private long _last = time.GetTimestamp();

    /// <summary>Looks at the sockets that a child has had since the last look, and at those that a process has that was left.</summary>
    public void Tend(IReadOnlyList<Listener> listeners)
    {
        if (time.GetElapsedTime(_last) < Interval)
        {
            return;
        }

        _last = time.GetTimestamp();
        var shared = listeners.Where(listener => listener.Assignment.IsShared)
            .SelectMany(listener => listener.Sockets.Where(socket => socket.Released.IsCompleted), (listener, socket) => (listener, socket)).ToList();
        var due = shared.FindAll(pair => pair.socket.WasShared && IsDue(pair.socket));
        var before = due.Select(pair => (pair.listener, pair.socket, pair.socket.Link, pair.socket.Holder, IsAtRest: pair.socket.Rest.IsCompleted)).ToList();
        if (due.Count > 0)
        {
            var found = SocketOwners.Of(before.Select(one => one.Link).ToHashSet()).Where(owner => !IsKnown(owner.Pid)).ToLookup(owner => owner.Link);
            foreach (var (listener, socket, link, holder, isAtRest) in before)
            {
                var owners = found[link].DistinctBy(owner => owner.Pid).ToList();
                var left = isAtRest && socket.Holder == holder ? owners
                    : _looks.TryGetValue(socket, out var look) && (look.Holder != holder || isAtRest) ? owners.FindAll(owner => look.Pids.Contains(owner.Pid))
                    : [];
                _looks[socket] = new Look(socket.Holder, [.. owners.Select(owner => owner.Pid)], IsAtRest: isAtRest && socket.Holder == holder);
                listener.NoteLeft(socket, left.FirstOrDefault()?.Process);
            }
        }

        foreach (var gone in _looks.Keys.Except(shared.Select(pair => pair.socket)).ToList())
        {
            _looks.Remove(gone);
        }
    }

    private bool IsDue(BoundSocket socket) =>
        !_looks.TryGetValue(socket, out var look) || look.Pids.Count > 0 || !look.IsAtRest || look.Holder != socket.Holder;

    /// <summary>Whether a process is this one, one of those above it, such as the service manager, or runs the daemon's program, as the process before or after it does.</summary>
    private static bool IsKnown(int pid)
    {
        for (int? above = Environment.ProcessId; above > 0; above = ProcessSession.ParentOf(above.Value))
        {
            if (above == pid)
            {
                return true;
            }
        }

        return pid == 1 || ProcessSession.ProgramOf(pid) is { } program && program == ProcessSession.ProgramOf(Environment.ProcessId);
    }

    /// <summary>What a look has found.</summary>
    private sealed record Look(ISocketHolder? Holder, HashSet<int> Pids, bool IsAtRest);
}
