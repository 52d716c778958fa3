using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Xinetd;

/// <summary>Reads the syntax of xinetd.conf(5).</summary>
/// <remarks>
/// xinetd reads lines. A line that begins with <c>#</c> is a comment; there are no other comments, no quotes and no continued lines. A line
/// that it does not understand makes it leave out everything up to the next line that is only <c>}</c>; what is meant there is read all the
/// same, as entries with a fault.
/// </remarks>
/// <param name="importing">What every translator needs.</param>
/// <param name="entries">Receives the entries of the file and of those that it includes, in the order in which xinetd reads them.</param>
/// <param name="source">The file.</param>
internal sealed class XinetdReader(Importing importing, List<XinetdEntry> entries, SourceText source)
{
    /// <summary>More entries are a mistake, and would take minutes to compare with each other.</summary>
    public const int MostEntries = 4096;

    // A file that is something else has a foreign line after every brace.
    private const int MostForeignLines = 20;

    private int _line;

    // Why xinetd leaves out the entry that begins in the next line; null: it does not.
    private string? _fault;

    /// <summary>Whether the files that this one includes are read as well.</summary>
    public bool Includes { get; init; } = true;

    /// <summary>How many lines begin nothing that is known.</summary>
    public int ForeignLines { get; private set; }

    /// <summary>Reads the file.</summary>
    public void Read()
    {
        while (Next())
        {
            if (entries.Count >= MostEntries)
            {
                importing.Problems.Error(At, $"there are more than {MostEntries} entries: this is not read");
                return;
            }

            var words = Words();
            var (head, fault) = (Head(words), _fault);
            _fault = null;
            switch (head)
            {
                case "service" or "defaults":
                    ReadEntry(new XinetdEntry(head == "service" ? words[1] : null, words[0].At), words, fault);
                    break;
                case "include" or "includedir" when fault is null:
                    if (Includes)
                    {
                        new XinetdInclude(importing, entries).Follow(words[0], words[1]);
                    }

                    break;
                case "include" or "includedir":
                    importing.Map.Lost(words[0].At, $"{head} {words[1].Text} is not followed: {fault}");
                    Skip();
                    break;
                default:
                    LeaveOut(words);
                    break;
            }
        }

        if (ForeignLines > MostForeignLines)
        {
            importing.Map.Lost(new Position(source), $"{ForeignLines - MostForeignLines} more lines are like these");
        }
    }

    private Position At => new(source, _line, 1);

    private static string? Head(List<Word> words) => words[0].Text.ToLowerInvariant() switch
    {
        "defaults" => "defaults",
        "service" or "include" or "includedir" when words.Count > 1 && !words[1].Text.StartsWith('=') => words[0].Text.ToLowerInvariant(),
        _ => null,
    };

    private static bool IsOnly(List<Word> words, string brace) => words is [var word] && word.Text == brace;

    private List<Word> Words() => Word.Split(source, _line);

    /// <summary>Goes to the next line that is neither empty nor a comment.</summary>
    private bool Next()
    {
        while (++_line <= source.LineCount)
        {
            var text = source.Line(_line).AsSpan().TrimStart();
            if (!text.IsEmpty && text[0] != '#')
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads an entry from the line after its head.</summary>
    private void ReadEntry(XinetdEntry entry, List<Word> head, string? fault)
    {
        entries.Add(entry);
        if (entry.Name is not null && source.Text.Contains("\r\n", StringComparison.Ordinal))
        {
            entry.Break(entry.At, "the lines end with CR LF, and it takes the CR for a part of each value");
        }

        if (fault is not null)
        {
            entry.Break(entry.At, fault);
        }

        if (head[^1].Text == "{")
        {
            entry.Break(head[^1].At, "'{' has to be in a line of its own");
        }
        else if (!Next())
        {
            entry.Break(entry.At, "the file ends after the first line of the entry");
            return;
        }
        else if (!IsOnly(Words(), "{"))
        {
            entry.Break(entry.At, "the line after this one is not '{' alone");
            _line--;
        }

        ReadLines(entry);
    }

    private void ReadLines(XinetdEntry entry)
    {
        while (Next())
        {
            var words = Words();
            if (IsOnly(words, "}"))
            {
                return;
            }

            if (Head(words) is not null && !IsOperator(words))
            {
                entry.Break(words[0].At, $"the entry has no '}}' before the next one in line {_line}");
                LeaveToNext($"xinetd takes it for a part of the entry in line {entry.At.Line}, which has no '}}'");
                return;
            }

            if (XinetdLine.Read(words, out var complaint) is { } line)
            {
                entry.Lines.Add(line);
            }

            if (complaint is not null)
            {
                entry.Break(words[0].At, $"the line is not read: {complaint}");
            }
        }

        entry.Break(entry.At, "the entry has no '}' before the end of the file");
    }

    private static bool IsOperator(List<Word> words) => words.Count > 1 && words[1].Text is "=" or "+=" or "-=";

    /// <summary>Leaves the line to the next step, as the beginning of an entry that xinetd leaves out.</summary>
    private void LeaveToNext(string fault)
    {
        _line--;
        _fault = fault;
    }

    /// <summary>Goes to the next line that is only <c>}</c>.</summary>
    private void Skip()
    {
        while (Next() && !IsOnly(Words(), "}"))
        {
            if (Head(Words()) is not null)
            {
                LeaveToNext("xinetd leaves out the lines before it, and everything up to the next line '}'");
                return;
            }
        }
    }

    /// <summary>Reads what xinetd leaves out after a line that begins nothing: up to the next line that is only <c>}</c>.</summary>
    private void LeaveOut(List<Word> words)
    {
        var (first, line) = (words[0], words[0].At.Line);

        // Attributes without a head are those of defaults, the only entry without a name.
        var headless = new XinetdEntry(null, words[0].At);
        headless.Break(words[0].At, "its first line, 'defaults', is missing");
        for (var isBody = IsOnly(words, "{"); ; words = Words())
        {
            if (IsOnly(words, "}") && words[0].At.Line != line)
            {
                break;
            }

            if (Head(words) is not null && words[0].At.Line != line)
            {
                LeaveToNext($"xinetd leaves out everything from line {line} to the next line '}}'");
                break;
            }

            if (isBody && XinetdLine.Read(words, out _) is { } attribute)
            {
                headless.Lines.Add(attribute);
            }

            if (!Next())
            {
                break;
            }
        }

        if (headless.Lines.Count > 0)
        {
            entries.Add(headless);
        }
        else if (++ForeignLines <= MostForeignLines)
        {
            var text = first.Text.Length <= 60 ? first.Text : first.Text[..60] + "...";
            importing.Map.Lost(
                first.At,
                $"'{text}' begins neither a service nor defaults nor include, so xinetd leaves out everything up to the next line '}}'");
        }
    }
}
