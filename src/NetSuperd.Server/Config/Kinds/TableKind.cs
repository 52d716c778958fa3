using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>A table of a few members, each of which may be absent.</summary>
internal abstract class TableKind<T> : Kind<T>
{
    /// <summary>The names of the members.</summary>
    protected abstract IReadOnlyList<string> Members { get; }

    /// <summary>Reads all members, and reports what is wrong with each.</summary>
    protected bool TryReadMembers(TableNode table, string key, Reading reading, ref T value)
    {
        var sound = true;
        foreach (var entry in table.Entries)
        {
            if (Members.Contains(entry.Key))
            {
                sound &= TryReadMember(entry.Key, entry.Value, $"{key}.{entry.Key}", reading, ref value);
                continue;
            }

            reading.Problems.Error(entry.KeyAt, UnknownKey.Message(entry, key, Members));
            sound = false;
        }

        return sound;
    }

    /// <summary>Reads one member into the value.</summary>
    protected abstract bool TryReadMember(string member, Node node, string key, Reading reading, ref T value);
}
