using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Stunnel;

/// <summary>Reads stunnel.conf and the files that it includes (options_file in options.c of stunnel).</summary>
internal sealed class StunnelReader(Importing importing)
{
    private const char ByteOrderMark = '\uFEFF';

    private readonly List<StunnelSection> _services = [];

    /// <summary>What stands before the first section.</summary>
    public StunnelSection? Common { get; private set; }

    /// <summary>The services.</summary>
    public IReadOnlyList<StunnelSection> Services => _services;

    /// <summary>How many lines are none of stunnel.</summary>
    public int Broken { get; private set; }

    /// <summary>Reads a file.</summary>
    public void Read(SourceText source)
    {
        Common ??= new StunnelSection(null, new Position(source, 1, 1), null);
        for (var number = 1; number <= source.LineCount; number++)
        {
            var line = Trimmed(source, number, 0, source.Line(number).Length);
            if (line.Text is ['[', .., ']'])
            {
                _services.Add(new StunnelSection(line.Part(1, line.Text.Length - 1), line.At, Common));
            }
            else if (line.Text is not ([] or ['#' or ';', ..]))
            {
                Read(source, number, line);
            }
        }
    }

    private void Read(SourceText source, int number, Word line)
    {
        var text = source.Line(number);
        var sign = text.IndexOf('=', StringComparison.Ordinal);
        if (sign < 0)
        {
            Broken++;
            importing.Map.Lost(line.At, "the line has no '=', and stunnel did not start with it: correct it, and import the file again");
            return;
        }

        var (name, value) = (Trimmed(source, number, 0, sign), Trimmed(source, number, sign + 1, text.Length));
        if (name.Text.Equals("include", StringComparison.OrdinalIgnoreCase))
        {
            Include(value);
            return;
        }

        (_services is [.., var last] ? last : Common!).Lines.Add(new StunnelLine(name, value));
    }

    private void Include(Word folder)
    {
        var path = Path.GetFullPath(folder.Text, Path.GetDirectoryName(Path.GetFullPath(folder.At.Source.Name)) ?? "/");
        if (!Directory.Exists(path))
        {
            importing.Map.Lost(
                folder.At, $"there is no folder {path}, so nothing of it is imported: import the files that it has elsewhere");
            return;
        }

        foreach (var file in importing.Files.Matching($"{path}/*").Where(File.Exists))
        {
            if (importing.Files.Read(file) is { } source)
            {
                Read(source);
            }
        }
    }

    private static Word Trimmed(SourceText source, int line, int from, int to)
    {
        var text = source.Line(line);
        while (from < to && (char.IsWhiteSpace(text[from]) || text[from] == ByteOrderMark))
        {
            from++;
        }

        while (to > from && char.IsWhiteSpace(text[to - 1]))
        {
            to--;
        }

        return Word.Of(source, line, from, to);
    }
}
