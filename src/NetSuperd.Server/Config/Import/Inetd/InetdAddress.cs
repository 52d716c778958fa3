using System.Net;

namespace NetSuperd.Server.Config.Import.Inetd;

/// <summary>The addresses before the name of a service, or in a line of their own for the entries after it.</summary>
/// <param name="Addresses">The addresses; none: every address.</param>
/// <param name="HostName">A name that is no address; null: there is none.</param>
internal sealed record InetdAddress(IReadOnlyList<IPAddress> Addresses, Word? HostName)
{
    /// <summary>Every address of the host.</summary>
    public static readonly InetdAddress Every = new([], null);

    /// <summary>Reads <c>192.0.2.1,localhost</c> or <c>*</c>; a host name is a loss of each entry that it holds for.</summary>
    public static InetdAddress Read(Word text, Importing importing)
    {
        var addresses = new List<IPAddress>();
        Word? name = null;
        foreach (var part in text.Text.Split(','))
        {
            if (part is "*" or "")
            {
                return Every;
            }

            var read = ForeignAddress.Read(text with { Text = part }, importing);
            addresses.AddRange(read);
            if (read.Count == 0)
            {
                name = text with { Text = part };
            }
        }

        return new InetdAddress(addresses, name);
    }

    /// <summary>Divides <c>192.0.2.1:ftp</c> into the address and the service.</summary>
    public static (InetdAddress? Address, Word Service) Divide(Word field, Importing importing)
    {
        // A path may contain a colon, and FreeBSD has :user:group:mode:/path.
        var colon = field.Text.Contains('/', StringComparison.Ordinal) && !field.Text.StartsWith('[') ? -1 : field.Text.LastIndexOf(':');
        return colon < 0 || colon == field.Text.Length - 1
            ? (null, field)
            : (Read(field.Part(0, colon), importing), field.Part(colon + 1, field.Text.Length));
    }
}
