using System.Globalization;
using System.Net;
using NetSuperd.Platform;

namespace NetSuperd.Server.Config.Loading;

/// <summary>Names of the system, each looked up once per load: a directory service may be slow.</summary>
/// <param name="names">The names; null: none is known, for texts in their normal form.</param>
internal sealed class NameCache(INames? names)
{
    /// <summary>The id of a user or group that does not exist: chown(2) and setresuid(2) ignore this number.</summary>
    public const uint NoId = uint.MaxValue;

    private readonly Dictionary<string, Answer> _answers = [];
    private ILookup<string, IPAddress>? _hosts;
    private readonly Dictionary<string, UserEntry?> _users = [];

    /// <summary>The file of hosts(5); null: there is none.</summary>
    public string? HostsFile { get; init; } = names?.HostsFile;

    /// <summary>The message about a name that does not exist.</summary>
    public static string Unknown(string noun, string name) => $"there is no {noun} '{name}' on this system";

    /// <summary>The port of a service in services(5).</summary>
    public int? Port(string name, string protocol) =>
        (int?)Once($"{protocol} {name}", () => (uint?)names?.ServicePort(name, protocol));

    /// <summary>The number of a protocol in protocols(5).</summary>
    public int? Protocol(string name) => (int?)Once($"protocol {name}", () => (uint?)names?.ProtocolNumber(name));

    /// <summary>The id of a user.</summary>
    public uint? User(string name) => Once($"user {name}", () => names?.User(name)?.UserId);

    /// <summary>The id of a group.</summary>
    public uint? Group(string name) => Once($"group {name}", () => names?.Group(name));

    /// <summary>The addresses of a name in hosts(5): none where only the DNS has it, whose answer may be another one tomorrow.</summary>
    public IReadOnlyList<IPAddress> Addresses(string name) => [.. (_hosts ??= ReadHosts())[name].Distinct()];

    /// <summary>What passwd(5) says about a user, by name or number; a number needs no entry there.</summary>
    public UserEntry? UserEntry(string user)
    {
        if (!_users.TryGetValue(user, out var entry))
        {
            entry = !uint.TryParse(user, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? names?.User(user)
                : names?.User(id) ?? new UserEntry(user, id, id, "/", "/bin/sh");
            _users.Add(user, entry);
        }

        return entry;
    }

    /// <summary>The user of the process, also where the system has no name for it.</summary>
    public UserEntry UserEntry(Surroundings surroundings) => UserEntry($"{surroundings.UserId}")!;

    /// <summary>The groups of a user: those that have it as a member, and the one that is given.</summary>
    public IReadOnlyList<uint> GroupsOf(string user, uint group) => names?.GroupsOf(user, group) ?? [group];

    /// <summary>The number of a network interface; 0 where there is none now.</summary>
    public uint InterfaceOf(string name) => names?.InterfaceOf(name) ?? 0;

    /// <summary>The name of a network interface by its number.</summary>
    public string InterfaceName(long index) => names?.InterfaceName(index) ?? index.ToString(CultureInfo.InvariantCulture);

    /// <summary>The names of the time zones.</summary>
    public IReadOnlyList<string> TimeZones => [.. names?.TimeZones ?? []];

    /// <summary>A time zone by its name in the IANA data base.</summary>
    public TimeZoneInfo? TimeZone(string name) => names?.TimeZone(name);

    /// <summary>The name in the IANA data base of what the system has another name for.</summary>
    public string? TimeZoneCalled(string name) => names?.TimeZoneCalled(name);

    private ILookup<string, IPAddress> ReadHosts()
    {
        try
        {
            return (HostsFile is null ? [] : File.ReadLines(HostsFile))
                .Select(line => line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
                .Where(words => words.Length > 1 && IPAddress.TryParse(words[0], out _))
                .SelectMany(words => words.Skip(1), (words, name) => (Name: name, Address: IPAddress.Parse(words[0])))
                .ToLookup(entry => entry.Name, entry => entry.Address, StringComparer.OrdinalIgnoreCase);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Without the file no name is known.
            return Array.Empty<IPAddress>().ToLookup(_ => "");
        }
    }

    private uint? Once(string question, Func<uint?> find)
    {
        if (!_answers.TryGetValue(question, out var answer))
        {
            answer = new Answer(find());
            _answers.Add(question, answer);
        }

        return answer.Number;
    }

    private sealed record Answer(uint? Number);
}
