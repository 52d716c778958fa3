namespace NetSuperd.Server.Config.Import.Xinetd;

/// <summary>A line of an entry: <c>only_from += 192.0.2.0</c>.</summary>
/// <param name="Name">The attribute, as it is written.</param>
/// <param name="Operator">What happens to the values that the attribute has already.</param>
/// <param name="Values">The words after the operator.</param>
internal sealed record XinetdLine(Word Name, XinetdOperator Operator, IReadOnlyList<Word> Values)
{
    private static readonly (string Text, XinetdOperator Operator)[] Operators =
        [("=", XinetdOperator.Set), ("+=", XinetdOperator.Add), ("-=", XinetdOperator.Remove)];

    /// <summary>Reads a line; null where it is none, or not one for xinetd, with the reason.</summary>
    /// <param name="words">The words of the line.</param>
    /// <param name="complaint">What xinetd complains about; null: nothing.</param>
    /// <returns>What the line means; also where xinetd cannot read it, but a reader can.</returns>
    public static XinetdLine? Read(IReadOnlyList<Word> words, out string? complaint)
    {
        var (first, rest) = (words[0], words.Skip(1).ToList());
        complaint = null;
        if (first.Text.IndexOf('=') is > 0 and var sign)
        {
            complaint = $"'{PlainCut(first.Text)}' has no blank before its operator";
            var start = first.Text[sign - 1] is '+' or '-' && sign > 1 ? sign - 1 : sign;
            rest.Insert(0, first.Part(start, first.Text.Length));
            first = first.Part(0, start);
        }

        if (rest.Count == 0 || Operators.FirstOrDefault(known => rest[0].Text.StartsWith(known.Text, StringComparison.Ordinal))
            is not { Text: { } text } found)
        {
            complaint = $"'{PlainCut(first.Text)}' is not followed by =, += or -=";
            return null;
        }

        var value = rest[0].Text.Length > text.Length ? rest[0].Part(text.Length, rest[0].Text.Length) : null;
        return new XinetdLine(first, found.Operator, [.. value is null ? [] : new[] { value }, .. rest.Skip(1)]);
    }

    private static string PlainCut(string text) => text.Length <= 60 ? text : text[..60] + "...";
}

/// <summary>What a line does with the values that its attribute has already.</summary>
internal enum XinetdOperator
{
    /// <summary>It replaces them.</summary>
    Set,

    /// <summary>It adds to them.</summary>
    Add,

    /// <summary>It removes some of them.</summary>
    Remove,
}
