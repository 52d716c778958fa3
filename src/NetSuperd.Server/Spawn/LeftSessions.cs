using System.Globalization;
using NetSuperd.Native;

namespace NetSuperd.Server.Spawn;

/// <summary>Sessions whose leader, a child of ours, has ended and left processes behind: the stop of the daemon reaches them as well.</summary>
/// <remarks>
/// The number of a session is not given to another process as long as one of its processes lives. Only those are noticed that stay in
/// the leader's process group, as they do unless they take care not to.
/// </remarks>
internal sealed class LeftSessions
{
    // A service that leaves a process behind with every connection has thousands; they are looked through when the number has doubled.
    private const int Few = 64;

    private readonly HashSet<int> _leaders = [];
    private int _most = Few;

    /// <summary>Whether nothing is left of any.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_leaders)
            {
                Forget();
                return _leaders.Count == 0;
            }
        }
    }

    /// <summary>Notes a session by its leader, which was just reaped.</summary>
    public void Add(int leader)
    {
        lock (_leaders)
        {
            _leaders.Add(leader);
            if (_leaders.Count > _most)
            {
                Forget();
                _most = Math.Max(Few, 2 * _leaders.Count);
            }
        }
    }

    /// <summary>The sessions, with others.</summary>
    public IReadOnlySet<int> Union(IEnumerable<int> others)
    {
        lock (_leaders)
        {
            Forget();
            return _leaders.Union(others).ToHashSet();
        }
    }

    /// <summary>Forgets those without processes. Where a process has the number, the session ended and the number went to a stranger.</summary>
    private void Forget()
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
