using System.Globalization;
using NetSuperd.Native;

namespace NetSuperd.Linux.Spawn;

/// <summary>
/// Sessions whose leader, a child of the daemon, has ended and left processes behind: the stop of the daemon reaches them as well.
/// </summary>
/// <remarks>
/// The system does not reuse the number of a session as long as one of its processes lives.
/// </remarks>
internal sealed class LeftSessions
{
    private readonly HashSet<int> _leaders = [];

    /// <summary>
    /// Forgets the sessions that have ended. To be called regularly: the system reuses the number of an ended session.
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

    /// <summary>Notes a session by its leader, which was just reaped; the next check forgets it where nothing is left of it.</summary>
    public void Add(int leader)
    {
        lock (_leaders)
        {
            _leaders.Add(leader);
        }
    }

    /// <summary>Forgets a session: a new process has the number, so it has ended.</summary>
    public void Remove(int leader)
    {
        lock (_leaders)
        {
            _leaders.Remove(leader);
        }
    }

    /// <summary>The sessions, together with others.</summary>
    public IReadOnlySet<int> Union(IEnumerable<int> others)
    {
        lock (_leaders)
        {
            ForgetEnded();
            return _leaders.Union(others).ToHashSet();
        }
    }

    /// <summary>
    /// Forgets those without processes. Where a process has the number as its own, the session has ended and the number was reused.
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
            // No descriptor is left for the check: none is forgotten, and the next check will tell.
        }
    }
}
