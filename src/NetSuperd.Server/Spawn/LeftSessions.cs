using System.Globalization;
using NetSuperd.Native;

namespace NetSuperd.Server.Spawn;

/// <summary>
/// Sessions whose leader, a child of ours, has ended and left processes behind: the stop of the daemon reaches them as well.
/// </summary>
/// <remarks>
/// The number of a session is not given to another process as long as one of its processes lives. Only those are noticed that stay in
/// the leader's process group, as they do unless they take care not to.
/// </remarks>
internal sealed class LeftSessions
{
    private readonly HashSet<int> _leaders = [];

    /// <summary>
    /// Forgets the sessions without processes. To be called now and then: the number of a session that has ended goes to a stranger.
    /// </summary>
    /// <returns>How many sessions are left.</returns>
    public int Forget()
    {
        lock (_leaders)
        {
            ForgetEnded();
            return _leaders.Count;
        }
    }

    /// <summary>Whether anything is left of a session.</summary>
    public bool Has(int leader)
    {
        lock (_leaders)
        {
            return _leaders.Contains(leader) && Union([]).Contains(leader);
        }
    }

    /// <summary>Notes a session by its leader, which was just reaped.</summary>
    public void Add(int leader)
    {
        lock (_leaders)
        {
            _leaders.Add(leader);
        }
    }

    /// <summary>A new process has the number: the session is no more.</summary>
    public void Remove(int leader)
    {
        lock (_leaders)
        {
            _leaders.Remove(leader);
        }
    }

    /// <summary>The sessions, with others.</summary>
    public IReadOnlySet<int> Union(IEnumerable<int> others)
    {
        lock (_leaders)
        {
            ForgetEnded();
            return _leaders.Union(others).ToHashSet();
        }
    }

    /// <summary>
    /// Forgets those without processes. Where a process has the number, the session ended and the number went to a stranger.
    /// </summary>
    private void ForgetEnded()
    {
        try
        {
            _leaders.IntersectWith(ProcessSession.Living(_leaders));
            _leaders.RemoveWhere(leader => Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{leader}")));
        }
        catch (IOException)
        {
            // No descriptor to look with: none is forgotten, and the next look tells.
        }
    }
}
