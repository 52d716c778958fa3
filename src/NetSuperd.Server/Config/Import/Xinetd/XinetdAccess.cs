using System.Globalization;
using System.Text.RegularExpressions;
using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Config.Import.Xinetd;

/// <summary>
/// The clients that may connect, and when: <c>only_from</c>, <c>no_access</c>, <c>access_times</c>, and the flags that check clients.
/// </summary>
internal static partial class XinetdAccess
{
    /// <summary>Sets it.</summary>
    /// <param name="service">The service.</param>
    /// <param name="said">The addresses of which something has been said: those of the defaults are in every service.</param>
    public static void Set(XinetdService service, HashSet<Word> said)
    {
        var settings = service.Settings;
        if (service.Waits && !service.IsDatagram)
        {
            LoseAddresses(service);
        }
        else
        {
            SetAddresses(service, said);
        }

        if (settings.All("access_times") is { } times)
        {
            SetTimes(service, times);
        }

        if (settings.Find("flags", "IDONLY") is not { } identified)
        {
            return;
        }

        if ((settings.Find("log_on_success", "USERID") ?? settings.Find("log_on_failure", "USERID")) is not null)
        {
            service.Fence(
                identified.At, "with IDONLY, xinetd served only clients whose host names their user (RFC 1413), and this daemon does not "
                    + "ask: restrict its clients with allow, then remove enabled = false");
        }
        else
        {
            service.Changed(identified.At, "IDONLY had no effect without USERID in log_on_success, and is left out");
        }
    }

    /// <summary>
    /// A program that gets the listening socket accepts its clients itself. When xinetd starts that program, it knows no address, and
    /// with only_from or no_access it refuses a client without one: xinetd 2.3.15 started no program, and switched the service off
    /// because of too many connections. With INTERCEPT it looks at each client.
    /// </summary>
    private static void LoseAddresses(XinetdService service)
    {
        var settings = service.Settings;
        var at = settings.At("only_from") ?? settings.At("no_access");
        if (at is null)
        {
            return;
        }

        if (settings.Find("flags", "INTERCEPT") is { } intercept)
        {
            service.Fence(
                intercept.At, "with INTERCEPT, xinetd checked the clients of a program that accepts them itself, and this daemon does not: "
                    + "write wait = false if the program can do with that, and allow");
        }
        else
        {
            service.Fence(
                at, "with wait = yes the program accepts its clients itself, so xinetd did not know their addresses, and with only_from or "
                    + "no_access it refused all of them: restrict them in the program or in a packet filter, then remove enabled = false");
        }
    }

    private static void SetAddresses(XinetdService service, HashSet<Word> said)
    {
        var settings = service.Settings;
        List<System.Net.IPNetwork> denied = [];
        foreach (var word in settings.All("no_access") ?? [])
        {
            var networks = XinetdAddress.Read(word.Text);
            denied.AddRange(networks);
            if (networks.Count == 0)
            {
                service.Fence(
                    word.At, $"clients are not looked up by name, so '{Cut(word.Text)}' in no_access cannot be refused: write its "
                        + "addresses in deny, then remove enabled = false");
            }
        }

        if (denied.Count > 0)
        {
            service.Target.Set(AdmissionKeys.Deny, Spelt(denied), settings.At("no_access")!);
        }

        if (settings.All("only_from") is not { } sources)
        {
            return;
        }

        List<System.Net.IPNetwork> allowed = [];
        foreach (var word in sources)
        {
            var networks = XinetdAddress.Read(word.Text);
            var isNew = service.IsOff || said.Add(word);
            Judge(service, word, networks, isNew);
            foreach (var network in networks)
            {
                // xinetd refuses clients in both lists; the map lets the more specific entry decide.
                if (denied.Exists(other => XinetdAddress.Covers(other, network)))
                {
                    service.Changed(
                        word.At, $"'{word.Text}' is left out, since no_access covers it: xinetd refuses clients in both lists, whatever "
                            + "its manual says, and here the more specific entry decides");
                }
                else
                {
                    allowed.Add(network);
                }
            }
        }

        if (sources.Count == 0)
        {
            service.Changed(settings.At("only_from")!, $"only_from is empty: no client may connect to '{service.Name.Text}', as before");
        }

        service.Target.Set(AdmissionKeys.Allow, Spelt(allowed), settings.At("only_from")!);
    }

    private static void Judge(XinetdService service, Word word, IReadOnlyList<System.Net.IPNetwork> networks, bool isNew)
    {
        if (networks.Count == 0)
        {
            if (word.Text.Contains(',', StringComparison.Ordinal) && !word.Text.Contains('{', StringComparison.Ordinal))
            {
                service.Break(word.At, $"'{Cut(word.Text)}' has a comma, and blanks separate addresses");
            }
            else if (isNew)
            {
                service.Lost(
                    word.At, $"'{Cut(word.Text)}' is no address, and clients are not looked up by name: those that it meant are refused "
                        + "now; add their addresses to allow");
            }
        }
        else if (isNew && Short().IsMatch(word.Text))
        {
            service.Changed(
                word.At, $"'{word.Text}' means {networks[0].BaseAddress} to xinetd, as to inet_aton(3), and is written so; if the network "
                    + "was meant, write its prefix");
        }
    }

    private static void SetTimes(XinetdService service, IReadOnlyList<Word> times)
    {
        List<Word> windows = [];
        foreach (var word in times)
        {
            if (Window().Match(word.Text) is { Success: true } match
                && Minute(match, 1) is { } from && Minute(match, 3) is { } to && from < to)
            {
                // Both ends are inside for xinetd, so 23:59 is the end of the day.
                var end = to == (24 * 60) - 1 ? to + 1 : to;
                windows.Add(word with
                {
                    Text = string.Create(
                        CultureInfo.InvariantCulture, $"{from / 60:00}:{from % 60:00}-{end / 60:00}:{end % 60:00}"),
                });
            }
            else
            {
                service.Break(
                    word.At, $"'{Cut(word.Text)}' is no interval for it: it begins and ends on one day, from 0:00 to 23:59; times in the "
                        + "map may have 22:00-06:00");
            }
        }

        if (windows.Count > 0)
        {
            service.Target.Set(AdmissionKeys.Times, windows, times[0].At);
        }
    }

    private static int? Minute(Match match, int group)
    {
        var hour = int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
        var minute = int.Parse(match.Groups[group + 1].Value, CultureInfo.InvariantCulture);
        return hour < 24 && minute < 60 ? (hour * 60) + minute : null;
    }

    private static List<string> Spelt(IEnumerable<System.Net.IPNetwork> networks) => [.. networks.Select(XinetdAddress.Spell).Distinct()];

    private static string Cut(string text) => text.Length <= 60 ? text : text[..60] + "...";

    [GeneratedRegex(@"\A([0-9]{1,2}):([0-9]{1,2})-([0-9]{1,2}):([0-9]{1,2})\z")]
    private static partial Regex Window();

    [GeneratedRegex(@"\A[0-9]+(?:\.[0-9]+){0,2}\z")]
    private static partial Regex Short();
}
