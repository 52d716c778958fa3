using System.Net;
using System.Text.RegularExpressions;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Notation;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Binding;

/// <summary>Makes the sockets from the entries of <c>[ports]</c>, and services for the handlers that they name without a table.</summary>
/// <param name="problems">Receives the problems.</param>
/// <param name="names">Names of the system.</param>
/// <param name="files">The files of the system.</param>
/// <param name="services">The services that tables define.</param>
/// <param name="torn">Whether a part of a file could not be parsed, which may define what seems to be missing.</param>
internal sealed partial class PortBinder(Problems problems, NameCache names, IFiles files, ServiceBinder services, bool torn)
{
    // A line of a map must not cost much more than its length: a map of 16 MiB could have as many ranges as fit into it.
    private const int MostOfSeveral = 65_536;

    private readonly Dictionary<string, Service> _services = services.Services.ToDictionary(service => service.Name);
    private readonly List<Service> _implied = [];
    private readonly HashSet<string> _used = [];
    private readonly PortTable _ports = new(problems, files);
    private int _several;

    /// <summary>The services that entries named without a table for them.</summary>
    public IReadOnlyList<Service> Implied => _implied;

    /// <summary>The sockets to bind.</summary>
    public IReadOnlyList<Port> Ports => _ports.Ports();

    /// <summary>
    /// Whether every entry is a valid port, those of disabled services included: a socket that is not here is not in the map either.
    /// </summary>
    public bool IsWhole { get; private set; } = !torn;

    /// <summary>Whether an entry names the service.</summary>
    public bool Uses(string service) => _used.Contains(service);

    /// <summary>Binds the entries of a file's <c>[ports]</c>.</summary>
    public void Bind(Node node, Reading reading)
    {
        if (node is not TableNode table)
        {
            problems.Error(node.At, $"'ports' must be a table such as [ports] with lines like 7 = \"echo\", not {node.Noun}");
            IsWhole = false;
            return;
        }

        foreach (var entry in table.Entries)
        {
            Bind(new PortEntry(entry.Key, entry.KeyAt, entry.Value, reading));
        }
    }

    /// <summary>Binds an entry.</summary>
    public void Bind(PortEntry entry)
    {
        if (Strayed(entry) is { } strayed)
        {
            problems.Error(entry.KeyAt, strayed);
            IsWhole = false;
            return;
        }

        var key = PortNotation.ReadEntry(entry.Key, names, out var wrong);
        if (key is null)
        {
            problems.Error(entry.KeyAt, wrong);
        }

        switch (entry.Value)
        {
            case TableNode table:
                BindTable(entry, key, table);
                break;
            case ScalarNode { Value: string }:
                // The key of a table, so that the same rule checks the service's name.
                var value = new TableNode(entry.Value.At, TableOrigin.Inline);
                value.Add(new Entry(PortKeys.Service.Name, entry.Value.At, entry.Value));
                BindTable(entry, key, value);
                break;
            default:
                problems.Error(
                    entry.Value.At,
                    $"the value of a port is the name of a service or a table such as {{ service = \"echo\" }}, not {entry.Value.Noun}");
                IsWhole = false;
                break;
        }
    }

    private static string? Strayed(PortEntry entry) => entry switch
    {
        { Key: MapKeys.Include or MapKeys.Import, Value: ArrayNode } =>
            UnknownKey.Message(new Entry(entry.Key, entry.KeyAt, entry.Value), MapKeys.Ports, []),
        { Value: TableNode { Origin: TableOrigin.Dotted or TableOrigin.Implied } table } when Dotted(entry.Key, table) is { } whole =>
            "TOML splits an unquoted key at its dots; write a socket with dots in quotes: "
            + $"\"{whole}{(Address().IsMatch(whole) ? ":PORT" : "")}\" = ...",
        _ => null,
    };

    // 127.0.0.1 = "x" is the key 127 with a table that has the key 0, and so on.
    private static string? Dotted(string key, TableNode table)
    {
        var (parts, leaf) = (new List<string> { key }, (Node)table);
        while (leaf is TableNode { Entries: [var first, ..] } && PortKeys.All.All(known => known.Name != first.Key))
        {
            parts.Add(first.Key);
            leaf = first.Value;
        }

        return parts.Count > 2 || (parts.Count == 2 && char.IsAsciiDigit(parts[1][0])) ? string.Join('.', parts) : null;
    }

    private void BindTable(PortEntry entry, EntryKey? key, TableNode table)
    {
        var name = $"ports.{TomlWriter.Key(entry.Key)}";
        var section = new Section<Port>(table, name, entry.Reading);

        // The type decides which other keys fit. Where the socket is unknown, only keys that no socket has are wrong.
        if (key is not null && key.First.Transport.IsUnix && section.TryGet(PortKeys.Type, out var type))
        {
            key = key with { First = key.First with { Transport = type } };
        }
        else if (key is not null && section.TryGet(PortKeys.Protocol, out var protocol))
        {
            key = WithProtocol(entry, key, protocol, section.At(PortKeys.Protocol)!);
        }

        var scope = key is null ? Scope.Always : PortKeys.ScopeOf(key.First);
        section.Read(PortKeys.All, scope, misfit =>
            $"'{misfit.Name}' is for {PortScope.Words(misfit.Scope)}; '{key!.Text}' is {PortScope.Words(key.First)}");

        var port = Read(entry, key?.First, section, ServiceOf(entry, key, section, name));
        IsWhole &= port is not null;
        Refuse(port, section);
        if (port is { Service.Enabled: true })
        {
            Add(port, key!, entry);
        }
    }

    /// <summary>The service of an entry, by its name or by its rules; null after a problem.</summary>
    private Service? ServiceOf(PortEntry entry, EntryKey? key, Section<Port> section, string name)
    {
        switch (section.Find(PortKeys.Service.Name), section.Find(PortKeys.By.Name))
        {
            case (null, null):
                problems.Error(entry.KeyAt, $"{name} needs service = \"NAME\"");
                return null;
            case (not null, null):
                return section.TryGet(PortKeys.Service, out var named)
                    ? Resolve(named, section.At(PortKeys.Service)!, entry.Reading)
                    : null;
            case (null, { } by):
                return section.TryGet(PortKeys.By, out var rules) && key is not null
                    ? ImplyByFirstBytes(ServiceByFirstBytes.NameFor(key.Text), rules, by, entry.Reading)
                    : null;
            case (_, { } second):
                problems.Error(second.KeyAt, $"{name} has both service and by; an entry has one of them");
                return null;
        }
    }

    /// <summary>The sockets of an entry with another protocol than its key says; unchanged after a problem.</summary>
    private EntryKey WithProtocol(PortEntry entry, EntryKey key, Transport protocol, Position at)
    {
        if (key.First.Transport.MayBecome(protocol))
        {
            return key with { First = key.First with { Transport = protocol } };
        }

        // For the others the key itself is wrong.
        if (key.First.Transport is { IsIp: true, IsRaw: false })
        {
            problems.Error(
                at,
                $"'{entry.Key}' is {key.First.Transport.Noun}, so its protocol cannot be \"{protocol.Word}\"; for {protocol.Noun}, write "
                + $"\"{(key with { First = key.First with { Transport = protocol } }).Text}\"");
        }

        return key;
    }

    /// <summary>Reports options that the system would refuse, or that would have no effect.</summary>
    private void Refuse(Port? port, Section<Port> section)
    {
        if (port is not null)
        {
            ProxyFit.Check(problems, port, section);
        }

        if (port is { Key.Path: ['/', ..] path } && files.StatusOf(path) is { Type: FileType.Fifo })
        {
            problems.Error(port.At, $"'{path}' is a FIFO, and the daemon serves sockets: remove it or choose another path");
        }

        if (port is { TypeOfService: not null, Key: { Transport.HasClassOfIPv6: false, HasIPv6: true } key })
        {
            problems.Error(
                section.Find(PortKeys.TypeOfService.Name)!.KeyAt,
                $"'tos' cannot be applied: {key.Transport.Noun} of IPv6 has no IPV6_TCLASS"
                + (key.IsBarePort ? $"; for IPv4 alone, write \"{(key with { Address = IPAddress.Any }).Text}\"" : ""));
        }

        if (port is { Priority: not null, Key.Transport.IsDatagram: false, Service.Program.HasSockets: true })
        {
            problems.Error(
                section.Find(PortKeys.Priority.Name)!.KeyAt,
                $"'priority' cannot be applied: the child of '{port.Service.Name}' accepts the connections itself, and they do not inherit "
                + "it; the program has to set SO_PRIORITY");
        }
    }

    private void Add(Port port, EntryKey key, PortEntry entry)
    {
        if (key.Ports.Count == 1)
        {
            _ports.Add([port], entry);
            return;
        }

        _several += key.Ports.Count;
        if (_several > MostOfSeveral)
        {
            problems.Error(entry.KeyAt, $"the ranges and lists of a map have at most {MostOfSeveral} ports together");
            return;
        }

        var whole = key.Text;
        _ports.Add([.. key.Keys.Select(one => port with { Key = one, Entry = whole })], entry);
    }

    private Service? Resolve(string name, Position at, Reading reading)
    {
        _used.Add(name);
        if (_services.TryGetValue(name, out var known))
        {
            return known;
        }

        if (services.Defines(name) || torn)
        {
            return null;
        }

        var implied = services.Imply(name, at, reading);
        _services.Add(name, implied);
        _implied.Add(implied);
        return implied;
    }

    /// <summary>The service that the rules of an entry make, and those that they name.</summary>
    private Service? ImplyByFirstBytes(string name, Settings rules, Entry by, Reading reading)
    {
        foreach (var named in ((ArrayNode)by.Value).Items.Cast<TableNode>().Select(rule => rule.Find(PortKeys.Service.Name)?.Value))
        {
            if (named is ScalarNode { Value: string service })
            {
                _ = Resolve(service, named.At, reading);
            }
        }

        _used.Add(name);
        if (services.Defines(name) || _services.ContainsKey(name))
        {
            problems.Error(by.KeyAt, $"'by' makes the service '{name}', which there is already: give that another name");
            return null;
        }

        if (services.ImplyByFirstBytes(name, rules, by, reading) is not { } implied)
        {
            return null;
        }

        _services.Add(name, implied);
        _implied.Add(implied);
        return implied;
    }

    private Port? Read(PortEntry entry, PortKey? key, Section<Port> section, Service? service)
    {
        if (key is null || service is null)
        {
            return null;
        }

        return new Port
        {
            Key = key,
            Written = section.Written,
            Service = service,
            Name = section.TryGet(PortKeys.Name, out var name) ? name : service.Name,
            Backlog = section.GetOrNull(PortKeys.Backlog),
            ReusePort = section.Get(PortKeys.ReusePort),
            NoDelay = section.Get(PortKeys.NoDelay),
            KeepAlive = section.Get(PortKeys.KeepAlive),
            ReceiveBuffer = section.GetOrNull(PortKeys.ReceiveBuffer),
            SendBuffer = section.GetOrNull(PortKeys.SendBuffer),
            DeferAccept = section.GetOrNull(PortKeys.DeferAccept),
            FastOpen = section.GetOrNull(PortKeys.FastOpen),
            Device = section.TryGet(PortKeys.Device, out var device) ? device : null,
            FreeBind = section.Get(PortKeys.FreeBind),
            Transparent = section.Get(PortKeys.Transparent),
            TypeOfService = section.GetOrNull(PortKeys.TypeOfService),
            TimeToLive = section.GetOrNull(PortKeys.TimeToLive),
            Mark = section.GetOrNull(PortKeys.Mark),
            Priority = section.GetOrNull(PortKeys.Priority),
            Congestion = section.TryGet(PortKeys.Congestion, out var congestion) ? congestion : null,
            Owner = section.GetOrNull(PortKeys.Owner),
            Group = section.GetOrNull(PortKeys.Group),
            Mode = (UnixFileMode)section.Get(PortKeys.Mode),
            Types = RawFit.TypesOf(problems, key, section),
            Trusted = ProxyFit.TrustedOf(problems, key, section),
            At = entry.KeyAt,
        };
    }

    [GeneratedRegex(@"\A[0-9]+(\.[0-9]+){3}\z")]
    private static partial Regex Address();
}
