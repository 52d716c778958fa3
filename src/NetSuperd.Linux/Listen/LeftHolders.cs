using NetSuperd.Native;
using NetSuperd.Server.Listen;

namespace NetSuperd.Linux.Listen;

/// <summary>
/// Finds processes that children have left behind with a socket: they accept clients as well, which neither the log nor any limit covers.
/// </summary>
/// <remarks>
/// A process counts as left behind if it has the socket at two checks, and the child that had the socket at the first has ended before the
/// second. A single check may find a child that was started meanwhile, or a process that the service manager has just forked. The daemon's
/// ancestors may have the sockets as well, and so may its predecessors and successors.
/// </remarks>
internal sealed class LeftHolders(TimeProvider time) : ILeftHolders
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Dictionary<BoundSocket, Finding> _findings = [];
    private long _last = time.GetTimestamp();

    /// <summary>Checks the sockets that a child has had since the last check, and those that a left process has.</summary>
    public void Check(IReadOnlyList<Listener> listeners)
    {
        if (time.GetElapsedTime(_last) < Interval)
        {
            return;
        }

        _last = time.GetTimestamp();

        // Also sockets of another service by now: a reload does not end the processes.
        var shared = listeners
            .SelectMany(
                listener => listener.Sockets.Where(socket => socket.WasShared && socket.Released.IsCompleted),
                (listener, socket) => (listener, socket))
            .ToList();
        foreach (var gone in _findings.Keys.Except(shared.Select(pair => pair.socket)).ToList())
        {
            _findings.Remove(gone);
        }

        var due = shared.FindAll(pair => IsDue(pair.socket))
            .ConvertAll(pair => (pair.listener, pair.socket, Link: LinkOf(pair.socket), Before: BeforeItsEnd(pair.socket)));
        if (due.Count == 0)
        {
            return;
        }

        ILookup<string, SocketOwner> found;
        try
        {
            found = SocketOwners.Of(due.Select(one => one.Link).ToHashSet())
                .Where(owner => !IsKnown(owner.Pid))
                .ToLookup(owner => owner.Link);
        }
        catch (IOException)
        {
            // No descriptor is left for the check. The sockets stay due for the next check, and other maintenance does not wait for that.
            return;
        }

        foreach (var (listener, socket, link, before) in due)
        {
            _findings[socket] = new Finding(socket.Holder, [.. found[link].Select(owner => owner.Pid)]);
            listener.NoteLeft(socket, found[link].FirstOrDefault(owner => before?.Pids.Contains(owner.Pid) == true)?.Process);
        }
    }

    /// <summary>The last check, where the child that had the socket then no longer has it.</summary>
    private Finding? BeforeItsEnd(BoundSocket socket) =>
        _findings.TryGetValue(socket, out var look) && look.Holder is null or { Ended.IsCompleted: true } ? look : null;

    /// <summary>
    /// Whether another child has or has had the socket since the last check, or processes that had it then may be left by now.
    /// </summary>
    private bool IsDue(BoundSocket socket) =>
        !_findings.TryGetValue(socket, out var last) || last.Holder != socket.Holder
        || (last.Pids.Count > 0 && socket.Unshared.IsCompleted);

    /// <summary>
    /// Whether a process is this one, an ancestor such as the service manager, or runs the daemon's program, as a predecessor or successor
    /// does.
    /// </summary>
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

    /// <summary>The name of a socket in <c>/proc</c>; empty where no descriptor is left to ask with.</summary>
    private static string LinkOf(BoundSocket socket) => socket.Ask(open =>
        open.SafeHandle.IsClosed ? "" : new FileInfo($"/proc/self/fd/{open.Handle}").LinkTarget ?? "");

    /// <summary>The result of a check.</summary>
    private sealed record Finding(ISocketHolder? Holder, HashSet<int> Pids);
}
