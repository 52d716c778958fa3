using System.Net;
using NetSuperd.Platform;

namespace NetSuperd.Linux.Forward;

/// <summary>An address of a target. One that has not answered rests: other ones are tried before it.</summary>
/// <param name="end">The address and port, or the unix socket.</param>
/// <param name="time">The clock.</param>
internal sealed class TargetAddress(EndPoint end, TimeProvider time)
{
    private Backoff _pauses = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
    private TimeSpan _pause;
    private long _failed;
    private IPAddress? _unanswered;

    /// <summary>The address and port, or the unix socket.</summary>
    public EndPoint End => end;

    /// <summary>Whether it rests.</summary>
    public bool Rests => _pause > TimeSpan.Zero && time.GetElapsedTime(_failed) < _pause;

    /// <summary>It has answered.</summary>
    /// <returns>Whether it had failed before.</returns>
    public bool Answered()
    {
        var hadFailed = _pauses.HasBegun;
        _pauses.Reset();
        _pause = TimeSpan.Zero;
        _unanswered = null;
        return hadFailed;
    }

    /// <summary>It has not answered, and rests; a failure while it rests does not make the pause longer.</summary>
    /// <returns>Whether it had answered before.</returns>
    public bool Failed()
    {
        var isFirst = !_pauses.HasBegun;
        if (!Rests)
        {
            _pause = _pauses.Next();
            _failed = time.GetTimestamp();
        }

        return isFirst;
    }

    /// <summary>It has not answered a client from whose address it was reached, for which the address may be the reason.</summary>
    /// <returns>Whether it has not answered a client of another address either, since it answered last.</returns>
    public bool FailsOthersThan(IPAddress client)
    {
        var fails = _unanswered is not null && !_unanswered.Equals(client);
        _unanswered = client;
        return fails;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{end}";
}
