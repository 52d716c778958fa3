using System.Net;
using NetSuperd.Server.Config.Notation;

namespace NetSuperd.Server.Config.Import.Hosts;

/// <summary>The client patterns of hosts_access(5).</summary>
internal sealed class HostsPatterns(Importing importing)
{
    private readonly Dictionary<string, ForeignClients> _lists = [];

    /// <summary>The clients of a list: patterns, and those behind EXCEPT, to any depth.</summary>
    public ForeignClients Read(IEnumerable<Word> patterns)
    {
        var first = new ForeignClients();
        var clients = first;
        foreach (var pattern in patterns)
        {
            if (pattern.Text.Equals("EXCEPT", StringComparison.OrdinalIgnoreCase))
            {
                clients.Except = new ForeignClients();
                clients = clients.Except;
            }
            else
            {
                Add(clients, pattern);
            }
        }

        return first;
    }

    private void Add(ForeignClients clients, Word pattern)
    {
        var at = pattern.Text.LastIndexOf('@');
        if (at > 0)
        {
            AddUser(clients, pattern, pattern.Part(0, at), pattern.Part(at + 1, pattern.Text.Length));
        }
        else if (pattern.Text.StartsWith('/'))
        {
            AddList(clients, pattern);
        }
        else
        {
            AddHost(clients, pattern);
        }
    }

    private void AddUser(ForeignClients clients, Word pattern, Word user, Word host)
    {
        var hosts = Read([host]);
        if (user.Text.Equals("ALL", StringComparison.OrdinalIgnoreCase))
        {
            clients.Add(hosts.Own);
            return;
        }

        clients.AddDoubtful(
            pattern,
            "the user of a client is not asked for (RFC 1413): write the addresses alone",
            hosts.Own);
    }

    private static void AddHost(ForeignClients clients, Word pattern)
    {
        switch (pattern.Text.ToUpperInvariant())
        {
            case "ALL":
                clients.Add(ForeignAccess.Everyone);
                break;
            case "LOCALHOST":
                clients.Add(ForeignAccess.LocalHost);
                break;
            case "LOCAL":
                clients.Add(ForeignAccess.LocalHost);
                clients.AddDoubtful(pattern, "LOCAL means names without a dot, and names are not looked up: write the networks of your "
                    + "hosts");
                break;
            case "KNOWN" or "UNKNOWN":
                clients.AddDoubtful(pattern, $"{pattern.Text} asks for the name of the client, and names are not looked up: write "
                    + "networks");
                break;
            case "PARANOID":
                clients.Losses.Add((
                    pattern,
                    "clients whose name and address disagree (PARANOID) are not told from others, since names are not looked up: no rule "
                    + "here trusts a name"));
                break;
            default:
                AddAddress(clients, pattern);
                break;
        }
    }

    private static void AddAddress(ForeignClients clients, Word pattern)
    {
        var text = pattern.Text;
        var slash = text.LastIndexOf('/');
        var host = slash < 0 ? text : text[..slash];
        var bare = host.Trim('[', ']');

        // Both [2001:db8::]/32 and [2001:db8::/32] are in use.
        var length = slash < 0 ? null : text[(slash + 1)..].TrimEnd(']');
        if (PeerNotation.TryParse(bare, out var address))
        {
            AddNetwork(clients, pattern, address, length);
        }
        else if (Prefix(text) is { } prefix)
        {
            clients.Add([prefix]);
        }
        else if (text.StartsWith('@'))
        {
            clients.AddDoubtful(pattern, $"'{text}' is a netgroup, and names are not looked up: write the addresses of its hosts");
        }
        else
        {
            clients.AddDoubtful(pattern, $"'{text}' is a host name, and names are not looked up: write the addresses that it means");
        }
    }

    private static void AddNetwork(ForeignClients clients, Word pattern, IPAddress address, string? bits)
    {
        var most = ForeignAccess.BitsOf(address);
        if ((bits is null ? most : ForeignAccess.Length(bits, address)) is not { } length)
        {
            clients.AddDoubtful(pattern, $"'{bits}' is no netmask whose bits are in one piece: write prefixes such as 10.0.0.0/8");
            return;
        }

        var network = ForeignAccess.Network(address, length);
        if (network.BaseAddress.Equals(address))
        {
            clients.Add([address.IsIPv4MappedToIPv6 && length == most ? ForeignAccess.Network(address.MapToIPv4(), 32) : network]);
            return;
        }

        // masked_match() of libwrap compares the masked address of the client with the whole pattern.
        clients.AddDoubtful(
            pattern,
            $"'{pattern.Text}' has bits beyond its prefix, so it matched no client: write {network} if that is meant",
            [network]);
    }

    // 192.168. and the wildcards 192.168.*
    private static IPNetwork? Prefix(string text)
    {
        var parts = text.Split('.');
        var numbers = parts.TakeWhile(part => part.Length > 0 && part != "*").ToList();
        var rest = parts[numbers.Count..];
        if (numbers.Count is 0 or > 3 || parts.Length > 4 || (rest is not [""] && (rest.Length == 0 || rest.Any(part => part != "*"))))
        {
            return null;
        }

        return PeerNotation.TryParse(string.Join('.', numbers.Concat(Enumerable.Repeat("0", 4 - numbers.Count))), out var address)
            ? ForeignAccess.Network(address, numbers.Count * 8)
            : null;
    }

    private void AddList(ForeignClients clients, Word pattern)
    {
        if (!_lists.TryGetValue(pattern.Text, out var list))
        {
            list = new ForeignClients();
            _lists[pattern.Text] = list;
            if (importing.Files.Shared(pattern.Text) is not { } source)
            {
                list.Losses.Add((pattern, $"there is no file {pattern.Text}, so it matched no client"));
            }
            else
            {
                for (var line = 1; line <= source.LineCount; line++)
                {
                    Word.Split(source, line).ForEach(word => AddHost(list, word));
                }
            }
        }

        clients.Add(list.Certain);
        clients.Add(list.Doubtful, isCertain: false);
        clients.Losses.AddRange(list.Losses);
    }
}
