using NetSuperd.Server.Tally;

namespace NetSuperd.Top;

/// <summary>How many connections each service accepts and refuses in a second, between two looks.</summary>
internal sealed class Rates
{
    private readonly Dictionary<string, (double Accepted, double Refused)> _rates = [];
    private (DateTimeOffset At, DaemonStatus Status)? _before;

    /// <summary>Of the whole daemon.</summary>
    public (double Accepted, double Refused) Total => (_rates.Values.Sum(rate => rate.Accepted), _rates.Values.Sum(rate => rate.Refused));

    /// <summary>Of a service.</summary>
    public (double Accepted, double Refused) Of(string service) => _rates.GetValueOrDefault(service);

    /// <summary>Notes a look. A daemon counts from its start, so the first look after one tells nothing.</summary>
    public void Note(DateTimeOffset at, DaemonStatus status)
    {
        _rates.Clear();
        if (_before is var (then, before) && before.Pid == status.Pid && before.Started == status.Started && at > then)
        {
            var seconds = (at - then).TotalSeconds;
            var old = before.Services.ToDictionary(service => service.Name);
            foreach (var service in status.Services)
            {
                if (old.GetValueOrDefault(service.Name) is { } earlier)
                {
                    _rates[service.Name] = (
                        Math.Max(0, service.Accepted - earlier.Accepted) / seconds,
                        Math.Max(0, RefusedOf(service) - RefusedOf(earlier)) / seconds);
                }
            }
        }

        _before = (at, status);
    }

    /// <summary>How many connections a service has refused.</summary>
    public static long RefusedOf(ServiceStatus service) => service.Ends.GetValueOrDefault("refused");
}
