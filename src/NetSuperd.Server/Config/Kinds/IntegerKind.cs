using System.Globalization;
using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>A whole number within a range.</summary>
/// <param name="least">The least.</param>
/// <param name="most">The most.</param>
/// <param name="otherwise">The alternative value of the key, as a message says it.</param>
/// <param name="step">What the number must be a multiple of.</param>
internal sealed class IntegerKind(int least, int most, string otherwise = "", int step = 1) : Kind<int>
{
    private readonly string _noun = step == 1 ? "whole number" : string.Create(CultureInfo.InvariantCulture, $"multiple of {step}");

    public override string Text => string.Create(CultureInfo.InvariantCulture, $"a {_noun} from {least} to {most}{otherwise}");

    public override JsonObject Schema => JsonType.Integer(least, most, step);

    public override bool TryRead(Node node, string key, Reading reading, out int value)
    {
        value = 0;
        if (node is not ScalarNode { Value: long number })
        {
            Mistyped(node, key, reading);
            return false;
        }

        if (number < least || number > most || number % step != 0)
        {
            reading.Problems.Error(node.At, $"'{key}' must be {Text}");
            return false;
        }

        value = (int)number;
        return true;
    }

    public override string Format(int value) => TomlWriter.Value((long)value);
}
