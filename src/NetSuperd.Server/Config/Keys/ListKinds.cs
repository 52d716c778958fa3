using System.Collections.Immutable;
using System.Text.RegularExpressions;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Keys;

/// <summary>An array of strings. A rule may complain about one of them: the text that follows the string, null for none.</summary>
internal sealed class StringsKind(string text, Func<string, string?>? complaint = null) : Kind<ImmutableArray<string>>
{
    public override string Text => text;

    public override bool TryRead(Node node, string key, Reading reading, out ImmutableArray<string> value)
    {
        value = [];
        if (node is not ArrayNode { OfTables: false } array)
        {
            Mistyped(node, key, reading);
            return false;
        }

        var sound = true;
        foreach (var item in array.Items)
        {
            var wrong = item is not ScalarNode { Value: string text } ? $"'{key}' must be {Text}; an item is {item.Noun}"
                : text.Contains('\0', StringComparison.Ordinal) ? $"'{key}' must not hold a NUL character"
                : complaint?.Invoke(text);
            if (wrong is not null)
            {
                reading.Problems.Error(item.At, wrong);
                sound = false;
            }
        }

        value = sound ? [.. array.Items.Select(item => (string)((ScalarNode)item).Value)] : [];
        return sound;
    }

    public override string Format(ImmutableArray<string> value) => TomlWriter.Array(value.Select(TomlWriter.Text));
}

/// <summary>A table of environment variables.</summary>
internal sealed class VariablesKind : Kind<ImmutableSortedDictionary<string, string>>
{
    public override string Text => "a table of strings such as { LANG = \"C.UTF-8\" }";

    public override bool TryRead(Node node, string key, Reading reading, out ImmutableSortedDictionary<string, string> value)
    {
        var variables = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        value = variables.ToImmutable();
        if (node is not TableNode table)
        {
            Mistyped(node, key, reading);
            return false;
        }

        var sound = true;
        foreach (var entry in table.Entries)
        {
            var (at, wrong) = Variable.Complaint(entry.Key) is { } complaint ? (entry.KeyAt, complaint)
                : entry.Value is not ScalarNode { Value: string text } ? (entry.Value.At, $"'{key}.{entry.Key}' must be a string, not {entry.Value.Noun}")
                : text.Contains('\0', StringComparison.Ordinal) ? (entry.Value.At, $"'{key}.{entry.Key}' must not hold a NUL character")
                : (entry.KeyAt, null);
            if (wrong is null)
            {
                variables[entry.Key] = (string)((ScalarNode)entry.Value).Value;
            }
            else
            {
                reading.Problems.Error(at, wrong);
                sound = false;
            }
        }

        value = variables.ToImmutable();
        return sound;
    }

    public override string Format(ImmutableSortedDictionary<string, string> value) =>
        TomlWriter.Table(value.Select(pair => (pair.Key, TomlWriter.Text(pair.Value))));
}

/// <summary>Names of environment variables.</summary>
internal static partial class Variable
{
    // Programs decide by these who the client is, so neither the map nor the daemon's surroundings may set them.
    private static readonly ImmutableHashSet<string> OfTheDaemon =
    [
        "PROTO", "TCPLOCALIP", "TCPLOCALPORT", "TCPREMOTEIP", "TCPREMOTEPORT", "IPCREMOTEEUID", "IPCREMOTEEGID", "IPCREMOTEPID",
        "REMOTE_ADDR", "REMOTE_PORT", "REMOTE_HOST", "NETSUPERD_SERVICE", "NETSUPERD_ID",
        "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "NOTIFY_SOCKET",
    ];

    /// <summary>What is wrong with a name; null where nothing is.</summary>
    public static string? Complaint(string name) =>
        OfTheDaemon.Contains(name) ? $"'{name}' is set by the daemon for each child and cannot be set here"
        : Pattern().IsMatch(name) ? null
        : $"'{name}' is no name of a variable: letters, digits and '_', not a digit first";

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex Pattern();
}
