using System.Globalization;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Kinds;

namespace NetSuperd.Server.Config.Import.Xinetd;

/// <summary>How many clients a service takes, and what it tells those that it refuses.</summary>
/// <param name="importing">What every translator needs.</param>
internal sealed class XinetdLimits(Importing importing)
{
    /// <summary>How many clients a second a service takes without <c>cps</c>: DEFAULT_LOOP_RATE in xconfig.h of xinetd.</summary>
    public const int UsualRate = 50;
    private const int MostBannerBytes = 512;

    private readonly Dictionary<string, string?> _banners = [];
    private readonly HashSet<Word> _loads = [];

    /// <summary>Sets the limits.</summary>
    public void Set(XinetdService service)
    {
        SetRate(service);
        var hasConnections = !service.Waits && !service.IsDatagram;
        SetCount(service, "instances", AdmissionKeys.MaxConnections, hasConnections);
        SetCount(service, "per_source", AdmissionKeys.MaxPerSource, hasConnections);
        if (hasConnections && service.Target.Find(AdmissionKeys.MaxConnections) is { } limit)
        {
            service.Target.Set(AdmissionKeys.AtLimit, "refuse", limit.KeyAt);
        }

        SetLoad(service);
        if (service.Settings.At("deny_time") is { } ban)
        {
            service.Changed(ban, "deny_time has no effect without the flag SENSOR, and is left out");
        }

        if (service.Settings.At("leaky_bucket") is { } bucket)
        {
            service.Lost(
                bucket, "leaky_bucket is left out: set rate and rate_per_source, with a burst, to limit how often clients connect");
        }

        SetBanner(service, hasConnections);
    }

    private void SetLoad(XinetdService service)
    {
        // That of the defaults is said once.
        if (service.Settings.One("max_load") is not { } load)
        {
            return;
        }

        if (!double.TryParse(load.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var most) || most == 0)
        {
            service.Break(load.At, $"'max_load' has to be a number other than 0, not '{load.Text}'");
        }
        else if (most < 0)
        {
            service.Fence(load.At, $"with max_load = {load.Text} xinetd served no client: remove enabled = false if it is to be served");
        }
        else if (!service.IsOff && _loads.Add(load))
        {
            service.Lost(
                load.At,
                $"max_load: clients were refused while the load of the host was {load.Text} or more, and are not now; max_connections and "
                + "rate limit the load");
        }
    }

    private static void SetRate(XinetdService service)
    {
        if (service.Settings.All("cps") is not [var count, var pause])
        {
            // With wait = yes the limit is about starts of the program, which this daemon holds back by itself.
            if (!service.Waits)
            {
                service.Target.Set(AdmissionKeys.Rate, $"{UsualRate}/s", service.Target.At);
            }

            return;
        }

        if (Number(count) is not { } number || Number(pause) is null)
        {
            service.Break((Number(count) is null ? count : pause).At, "'cps' has to be two numbers");
            service.Target.Set(AdmissionKeys.Rate, $"{UsualRate}/s", service.Target.At);
        }
        else if (number > 0)
        {
            service.Target.Set(AdmissionKeys.Rate, string.Create(CultureInfo.InvariantCulture, $"{number}/s"), count.At);
        }
    }

    private static void SetCount(XinetdService service, string name, Key<Service> key, bool isCounted)
    {
        if (service.Settings.One(name) is not { } word)
        {
            return;
        }

        if (word.Text.Equals("UNLIMITED", StringComparison.OrdinalIgnoreCase))
        {
            if (isCounted)
            {
                service.Target.Set(key, LimitKind<int>.Unlimited, word.At);
            }
        }
        else if (Number(word) is not { } number)
        {
            service.Break(word.At, $"'{name}' has to be a number or UNLIMITED, not '{word.Text}'");
        }
        else if (number == 0)
        {
            service.Fence(word.At, $"with {name} = 0 xinetd served no client: set a limit, then remove enabled = false");
        }
        else if (isCounted)
        {
            service.Target.Set(key, number, word.At);
        }
    }

    private static int? Number(Word word) =>
        int.TryParse(word.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? Math.Min(number, AdmissionKeys.MostConnections)
            : null;

    private void SetBanner(XinetdService service, bool hasConnections)
    {
        foreach (var name in (string[])["banner", "banner_success"])
        {
            if (service.Settings.One(name) is { } sent)
            {
                service.Lost(
                    sent.At,
                    $"{name}: {sent.Text} is not sent before the program of '{service.Name.Text}' answers: let the program send it itself");
            }
        }

        if ((service.Settings.One("banner_fail") ?? service.Settings.One("banner")) is not { } file || !hasConnections)
        {
            return;
        }

        if (Line(file.Text) is not { } line)
        {
            service.Lost(file.At, $"refused clients get no banner: {file.Text} cannot be read here, and banner_refused is one line");
            return;
        }

        service.Target.Set(AdmissionKeys.BannerRefused, line, file.At);
        service.Changed(file.At, $"refused clients get the first line of {file.Text} as it is now: banner_refused is one line in the map");
    }

    /// <summary>The first line of a file; null: it has none that can be sent.</summary>
    private string? Line(string path)
    {
        if (!_banners.TryGetValue(path, out var line))
        {
            line = path.StartsWith('/') ? importing.Files.Read(path, isNeeded: false)?.Line(1) : null;
            line = line is { Length: > 0 and <= MostBannerBytes / 4 } && !line.Any(char.IsControl) ? line : null;
            _banners.Add(path, line);
        }

        return line;
    }
}
