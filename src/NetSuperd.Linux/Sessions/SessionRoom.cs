using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Sessions;

/// <summary>Whether descriptors are left for another session of a socket. For one thread.</summary>
/// <remarks>
/// As accepting does, it leaves the reserve alone, tries again after pauses, and logs when the lack begins and when it ends. Datagrams of
/// new clients are lost meanwhile: those of the others could not overtake them in the socket.
/// </remarks>
/// <param name="reserve">The descriptors that are kept from sessions.</param>
/// <param name="local">The address of the socket.</param>
/// <param name="service">The service.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
internal sealed class SessionRoom(DescriptorReserve reserve, string local, string service, ILogger logger, TimeProvider time)
{
    private Backoff _backoff = new(first: TimeSpan.FromMilliseconds(10), longest: TimeSpan.FromSeconds(1));
    private long _began;
    private TimeSpan _pause;

    /// <summary>Whether a session may be opened.</summary>
    public bool IsThere()
    {
        if (_backoff.HasBegun && time.GetElapsedTime(_began) < _pause)
        {
            return false;
        }

        if (!reserve.Check())
        {
            return true;
        }

        Lack(reserve.Reason);
        return false;
    }

    /// <summary>A session has been opened.</summary>
    /// <param name="end">Its last descriptor.</param>
    public void Take(StreamSocket end)
    {
        reserve.Note(end);
        if (_backoff.HasBegun)
        {
            _backoff.Reset();
            logger.AcceptRecovered(local, service);
        }
    }

    /// <summary>No session could be opened.</summary>
    public void Lack(string reason)
    {
        if (!_backoff.HasBegun)
        {
            logger.AcceptExhausted(local, service, reason);
        }

        (_began, _pause) = (time.GetTimestamp(), _backoff.Next());
    }
}
