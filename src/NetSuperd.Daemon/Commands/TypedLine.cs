using System.CommandLine;

namespace NetSuperd.Commands;

/// <summary>A command line that is typed up to its next word.</summary>
/// <param name="Command">The command that has been named; the root where none has.</param>
/// <param name="Options">The options that it knows.</param>
/// <param name="Values">The options that have been typed, each with its last value.</param>
/// <param name="HasEndOfOptions">Whether <c>--</c> has been typed.</param>
/// <param name="Next">The option or argument whose value comes next; null: the name of a command, or nothing.</param>
internal sealed record TypedLine(
    Command Command, IReadOnlyList<Option> Options, IReadOnlyDictionary<Option, string> Values, bool HasEndOfOptions, Symbol? Next)
{
    /// <summary>Reads the words.</summary>
    public static TypedLine Read(RootCommand root, IEnumerable<string> words)
    {
        var (command, values, given, isOver) = ((Command)root, new Dictionary<Option, string>(), 0, false);
        List<Option> options = [.. root.Options];
        Option? open = null;
        foreach (var word in words)
        {
            if (open is not null)
            {
                values[open] = word;
                open = null;
            }
            else if (!isOver && word == "--")
            {
                isOver = true;
            }
            else if (!isOver && options.Find(option => option.Name == word || option.Aliases.Contains(word)) is { } option)
            {
                values.TryAdd(option, "");
                open = option.Arity.MinimumNumberOfValues > 0 ? option : null;
            }
            else if (command.Subcommands.FirstOrDefault(sub => sub.Name == word) is { } sub)
            {
                command = sub;
                options = [.. sub.Options, .. root.Options.Where(option => option.Recursive)];
            }
            else
            {
                given++;
            }
        }

        // The last argument may take more than one word.
        var next = given < command.Arguments.Count ? command.Arguments[given]
            : command.Arguments.LastOrDefault() is { Arity.MaximumNumberOfValues: > 1 } last ? last
            : null;
        return new TypedLine(command, options, values, isOver, open ?? (Symbol?)next);
    }

    /// <summary>The value of an option; null: it has none.</summary>
    public string? ValueOf(string name) => Values.FirstOrDefault(value => value.Key.Name == name).Value;
}
