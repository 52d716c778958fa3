using System.Globalization;
using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Config.Import.Inetd;

/// <summary>The limits of an entry of inetd.conf.</summary>
internal static class InetdLimits
{
    /// <summary>Sets the limits.</summary>
    /// <param name="importing">Receives the findings.</param>
    /// <param name="service">The service.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="rate">The starts in a minute where the entry names none; null: unlimited.</param>
    public static void Set(Importing importing, ImportedService service, InetdEntry entry, string? rate)
    {
        SetRate(AdmissionKeys.Rate, entry.Rate, rate);
        SetRate(AdmissionKeys.RatePerSource, entry.RatePerSource, null);
        SetCount(AdmissionKeys.MaxConnections, entry.MaxConnections);
        SetCount(AdmissionKeys.MaxPerSource, entry.MaxPerSource);
        if (entry.NoClients is { } zero)
        {
            service.Set(AdmissionKeys.Allow, Array.Empty<Word>(), zero.At);
            service.Remarks.Add("with the limit 0, inetd let no client in");
            if (!entry.IsOff)
            {
                importing.Map.Changed(
                    zero.At,
                    "with the limit 0 most inetds let no client in, and allow = [] lets none in here; that of GNU knew no limit then: "
                    + "remove allow if yours was that one");
            }
        }

        void SetRate(Key<Service> key, Word? word, string? @default)
        {
            if (Number(importing, word) is { } count)
            {
                service.Set(key, string.Create(CultureInfo.InvariantCulture, $"{count}/min"), word!.At);
            }
            else if (@default is not null && (word is null || word.Text != "0"))
            {
                service.Set(key, @default, entry.At);
            }
        }

        void SetCount(Key<Service> key, Word? word)
        {
            if (Number(importing, word) is { } count)
            {
                service.Set(key, count, word!.At);
            }
        }
    }

    /// <summary>A limit; null: there is none, or it is 0, which means unlimited in the notation of FreeBSD.</summary>
    private static int? Number(Importing importing, Word? word)
    {
        if (word is null || word.Text.Length == 0)
        {
            return null;
        }

        if (int.TryParse(word.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number > 0 ? number : null;
        }

        importing.Map.Lost(word.At, $"'{word.Text}' is no number, and the limit is left out");
        return null;
    }
}
