using System.Collections.Immutable;
using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>A program and its arguments.</summary>
internal sealed class ExecKind : Kind<ImmutableArray<string>>
{
    private static readonly StringsKind Strings =
        new("an array of strings: the absolute path of a program, then its arguments", ["/usr/sbin/in.ftpd", "-l"]);

    public override string Text => Strings.Text;

    public override JsonObject Schema => Strings.Schema;

    public override bool TryRead(Node node, string key, Reading reading, out ImmutableArray<string> value)
    {
        if (!Strings.TryRead(node, key, reading, out value))
        {
            return false;
        }

        if (value is [])
        {
            reading.Problems.Error(node.At, $"'{key}' is empty; its first string is the absolute path of a program");
            return false;
        }

        if (!Path.IsPathFullyQualified(value[0]))
        {
            reading.Problems.Error(
                PathAt(node), $"the path of the program must be absolute, such as \"/usr/sbin/in.ftpd\"; '{value[0]}' is not");
            return false;
        }

        return true;
    }

    public override string Format(ImmutableArray<string> value) => Strings.Format(value);

    /// <summary>Where the path of the program stands.</summary>
    public static Position PathAt(Node exec) => ((ArrayNode)exec).Items[0].At;
}
