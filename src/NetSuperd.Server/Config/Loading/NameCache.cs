using System.Globalization;
using System.Net;
using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Server.Config.Loading;

/// <summary>Names of the system, each looked up once per load: a directory service may be slow.</summary>
internal sealed class NameCache
{
    /// <summary>The id of a user or group that does not exist: chown(2) and setresuid(2) ignore this number.</summary>
    public const uint NoId = uint.MaxValue;

    private readonly Dictionary<string, Answer> _answers = [];
    private ILookup<string, IPAddress>? _hosts;
    private readonly Dictionary<string, UserEntry?> _users = [];

    /// <summary>The file of hosts(5).</summary>
    public string HostsFile { get; init; } = "/etc/hosts";

    /// <summary>The message about a name that does not exist.</summary>
    public static string Unknown(string noun, string name) => $"there is no {noun} '{name}' on this system";

    /// <summary>The port of a service in services(5).</summary>
    public int? Port(string name, string protocol) =>
        (int?)Once($"{protocol} {name}", () => (uint?)NameService.ServicePort(name, protocol));

    /// <summary>The number of a protocol in protocols(5).</summary>
    public int? Protocol(string name) => (int?)Once($"protocol {name}", () => (uint?)NameService.ProtocolNumber(name));

    /// <summary>The id of a user.</summary>
    public uint? User(string name) => Once($"user {name}", () => NameService.UserId(name));

    /// <summary>The id of a group.</summary>
    public uint? Group(string name) => Once($"group {name}", () => NameService.GroupId(name));

    /// <summary>The addresses of a name in hosts(5): none where only the DNS has it, whose answer may be another one tomorrow.</summary>
    public IReadOnlyList<IPAddress> Addresses(string name) => [.. (_hosts ??= ReadHosts())[name].Distinct()];

    /// <summary>What passwd(5) says about a user, by name or number; a number needs no entry there.</summary>
    public UserEntry? UserEntry(string user)
    {
        if (!_users.TryGetValue(user, out var entry))
        {
            entry = !uint.TryParse(user, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? NameService.User(user)
                : NameService.User(id) ?? new UserEntry(user, id, id, "/", "/bin/sh");
            _users.Add(user, entry);
        }

        return entry;
    }

    private ILookup<string, IPAddress> ReadHosts()
    {
        try
        {
            return File.ReadLines(HostsFile)
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
