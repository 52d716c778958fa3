using NetSuperd.Server.Config;
using NetSuperd.Server.Permit;

namespace NetSuperd.Control;

/// <summary>
/// How much each user may ask at a socket for questions. An answer costs the daemon time by its length, so each user has a bucket of KiB:
/// one that asks in a loop waits for its turn, and the other users do not.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class QuestionShare(TimeProvider time)
{
    // A question costs something, however short its answer is: 128 in a second, and the state of 1000 services about six times.
    private const int Least = 32;
    private const int PerSecond = 4096;
    private const int Burst = 8 * PerSecond;

    // A full bucket is as good as none: they are dropped where there are many.
    private const int ManyUsers = 64;

    private readonly Pace _pace = Pace.Of(new Rate(PerSecond, TimeSpan.FromSeconds(1), Burst), time);
    private readonly Dictionary<object, TokenBucket> _users = [];
    private readonly Lock _lock = new();

    /// <summary>Takes what a question costs at least.</summary>
    /// <returns>How long the user has to wait for its answer.</returns>
    public TimeSpan Enter(object user)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            if (_users.Count >= ManyUsers)
            {
                _users.Where(pair => pair.Value.Missing(now) == 0).ToList().ForEach(pair => _users.Remove(pair.Key));
            }

            var wait = time.GetElapsedTime(0, _users.GetValueOrDefault(user).Wait(_pace, now, Least));

            // One that will not be answered in time is charged with nothing: a loop does not keep its user out for hours.
            Take(user, now, wait < ControlProtocol.RequestTime ? Least : 0);
            return wait;
        }
    }

    /// <summary>Takes what an answer of this length costs beside that.</summary>
    public void Pay(object user, int bytes)
    {
        lock (_lock)
        {
            Take(user, time.GetTimestamp(), Math.Max(0, (bytes / 1024) - Least));
        }
    }

    private void Take(object user, long now, int count)
    {
        var bucket = _users.GetValueOrDefault(user);
        bucket.Take(_pace, now, count);
        _users[user] = bucket;
    }
}
