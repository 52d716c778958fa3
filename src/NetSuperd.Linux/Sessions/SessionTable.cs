using System.Runtime.InteropServices;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Sessions;

/// <summary>The sessions of a socket, which outlive the map with which they began. For the thread of the socket.</summary>
/// <remarks>
/// When the socket is about to be closed, or goes to another service, nothing new arrives for the sessions. Those that wait for an answer
/// still get it, by a copy of the socket, and on a loop that stays.
/// </remarks>
/// <param name="socket">The socket.</param>
/// <param name="loop">The loop of the socket.</param>
/// <param name="places">The places of the service.</param>
/// <param name="later">The loop that stays.</param>
/// <param name="time">The clock.</param>
internal sealed class SessionTable(SafeHandle socket, EventLoop loop, SessionPlaces places, EventLoop later, TimeProvider time) : ILoopWork
{
    // A worker gives the targets 5 seconds. It may be in the hands of a stranger, and the address is bound until then.
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(6);

    private readonly Dictionary<SessionKey, Session> _sessions = [];
    private EventLoop _loop = loop;
    private Descriptor? _copy;
    private bool _isEnding;
    private ITimer? _timer;
    private volatile bool _isOver;

    /// <summary>The socket by which answers leave.</summary>
    public SafeHandle Socket => _copy ?? socket;

    /// <summary>For one message of a worker, or of a client.</summary>
    /// <remarks>Made on first use: another map makes a table of its own and then takes this one.</remarks>
    public byte[] Buffer => field ??= new byte[MessageSocket.MostBytes];

    /// <summary>The session to which a datagram belongs; null: there is none.</summary>
    public Session? Find(in SessionKey key) => _sessions.GetValueOrDefault(key);

    /// <summary>Adds a session.</summary>
    /// <exception cref="CallException">Its channel cannot be watched.</exception>
    public void Add(Session session)
    {
        session.Watch(_loop);
        _sessions[session.Key] = session;
        Use(session);
    }

    /// <summary>A session is new, or has been used.</summary>
    public void Use(Session session)
    {
        if (!_isEnding)
        {
            places.Use(session);
        }
    }

    /// <summary>Removes a session that has ended.</summary>
    public void Remove(Session session)
    {
        session.Forget(_loop);
        session.Close();
        _sessions.Remove(session.Key);
        places.Remove(session);
        CloseCopyAtEnd();
    }

    /// <summary>Nothing arrives for its sessions any more: each gets the answer that it waits for, and ends.</summary>
    public void End()
    {
        _isEnding = true;
        foreach (var session in _sessions.Values)
        {
            places.Remove(session);
            session.Forget(_loop);
        }

        try
        {
            _copy = _sessions.Count == 0 ? null : Descriptor.Duplicate(socket);
            _loop = later;
            _loop.Post(this);
            _timer = time.CreateTimer(static self => ((SessionTable)self!).EndTime(), this, LongestEnd, Timeout.InfiniteTimeSpan);
        }
        catch (Exception none) when (none is CallException or ObjectDisposedException)
        {
            // Without a descriptor, or after the end of the socket, no answer can leave.
            foreach (var session in _sessions.Values)
            {
                session.Close();
            }
        }
    }

    /// <summary>Continues on the loop that stays, or ends what has not ended in time.</summary>
    public void Run()
    {
        foreach (var session in _sessions.Values.ToList())
        {
            if (_isOver)
            {
                session.End(ConnectionEnd.Closed);
                continue;
            }

            try
            {
                session.EndSending();
                session.Watch(_loop);
            }
            catch (CallException)
            {
                session.Close();
                _sessions.Remove(session.Key);
            }
        }

        CloseCopyAtEnd();
    }

    private void CloseCopyAtEnd()
    {
        if (_sessions.Count == 0)
        {
            _copy?.Dispose();
            _timer?.Dispose();
        }
    }

    private void EndTime()
    {
        _isOver = true;
        _loop.Post(this);
    }
}
