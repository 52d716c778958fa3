using NetSuperd.Native;

namespace NetSuperd.Server.Config;

/// <summary>Names of the system, each looked up once a load: a directory service may take its time for every question.</summary>
internal sealed class NameCache
{
    private readonly Dictionary<(string Name, string Protocol), int?> _ports = [];
    private readonly Dictionary<string, uint?> _users = [];
    private readonly Dictionary<string, uint?> _groups = [];

    /// <summary>The port of a service in services(5).</summary>
    public int? Port(string name, string protocol) => Once(_ports, (name, protocol), key => NameService.ServicePort(key.Item1, key.Item2));

    /// <summary>The id of a user.</summary>
    public uint? User(string name) => Once(_users, name, NameService.UserId);

    /// <summary>The id of a group.</summary>
    public uint? Group(string name) => Once(_groups, name, NameService.GroupId);

    private static TValue Once<TKey, TValue>(Dictionary<TKey, TValue> known, TKey key, Func<TKey, TValue> find)
        where TKey : notnull
    {
        if (!known.TryGetValue(key, out var value))
        {
            value = find(key);
            known[key] = value;
        }

        return value;
    }
}
