using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Systemd;

/// <summary>Reads units with their drop-ins, systemd.syntax(7), and finds them by their names.</summary>
internal sealed class UnitReader(Importing importing)
{
    // Where systemd looks for units, the first one wins: systemd.unit(5).
    private static readonly string[] SearchPath =
        ["/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

    private const int MostKeys = 10_000;

    /// <summary>The folders where the units beside a file are.</summary>
    public static IReadOnlyList<string> FoldersOf(SourceText source)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(source.Name)) ?? "/";
        return SearchPath.Contains(folder) ? SearchPath : [folder];
    }

    /// <summary>The unit of a name with its drop-ins; null: there is none.</summary>
    public Unit? Find(string name, IReadOnlyList<string> folders)
    {
        var source = folders.Select(folder => importing.Files.Shared(Path.Combine(folder, name)))
            .FirstOrDefault(found => found is not null);
        if (source is null)
        {
            return null;
        }

        var unit = new Unit(name, new Position(source, 1, 1));
        Read(unit, source);
        foreach (var file in folders.Select(folder => Path.Combine(folder, name + ".d")).Where(Directory.Exists)
            .SelectMany(folder => importing.Files.Matching(folder + "/*.conf"))
            .DistinctBy(file => Path.GetFileName(file)).OrderBy(file => Path.GetFileName(file), StringComparer.Ordinal))
        {
            if (importing.Files.Shared(file) is { } dropIn)
            {
                Read(unit, dropIn);
            }
        }

        return unit;
    }

    private void Read(Unit unit, SourceText source)
    {
        string? section = null;
        for (var line = 1; line <= source.LineCount; line++)
        {
            var text = source.Line(line).TrimStart();
            if (text.Length == 0 || text[0] is '#' or ';')
            {
                continue;
            }

            var whole = Joined(source, ref line);
            if (text[0] == '[')
            {
                section = text.TrimEnd().TrimStart('[').TrimEnd(']');
                continue;
            }

            var equals = whole.Text.IndexOf('=', StringComparison.Ordinal);
            if (section is null || equals < 1)
            {
                importing.Map.Lost(
                    whole.Trimmed(0, whole.Text.Length).At,
                    $"this is {(section is null ? "in no section" : "no key with a value")}, so systemd left it out");
                continue;
            }

            if (unit.Entries.Count == MostKeys)
            {
                importing.Problems.Error(new Position(source, line, 1), $"more than {MostKeys} keys: this is no unit");
                return;
            }

            var key = whole.Trimmed(0, equals);
            var value = whole.Trimmed(equals + 1, whole.Text.Length);
            unit.Entries.Add(new UnitEntry(section, key, value)
            {
                Line = whole,
                From = equals + 1 + whole.Text[(equals + 1)..].TakeWhile(char.IsWhiteSpace).Count(),
            });
        }
    }

    // A backslash at the end joins the next line with a blank; comments between them are left out.
    private static ForeignLine Joined(SourceText source, ref int line)
    {
        var whole = new ForeignLine(source);
        while (source.Line(line) is [.., '\\'] part && line < source.LineCount)
        {
            whole.Add(line, 0, part.Length - 1);
            whole.Add(" ");
            line++;
            while (line < source.LineCount && source.Line(line).TrimStart() is ['#' or ';', ..])
            {
                line++;
            }
        }

        var last = source.Line(line);
        whole.Add(line, 0, last.EndsWith('\\') ? last.Length - 1 : last.Length);
        return whole;
    }
}
