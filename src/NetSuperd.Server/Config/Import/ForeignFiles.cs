using NetSuperd.Platform;
using NetSuperd.Server.Config.Files;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import;

/// <summary>Reads the files that are imported, and those that they name.</summary>
/// <param name="map">Receives what is odd about a file as a whole.</param>
/// <param name="problems">Receives the problems.</param>
/// <param name="judge">Judges the files: root is not to start what another user may write.</param>
/// <param name="all">The files of the system.</param>
internal sealed class ForeignFiles(ImportedMap map, Problems problems, PathJudge judge, IFiles all)
{
    // An includedir that leads to another tree is a mistake, and not to be read for minutes.
    private const int MostFiles = 4096;

    private readonly HashSet<string> _read = [];
    private readonly List<SourceText> _sources = [];

    /// <summary>Whether a file is missing or cannot be opened.</summary>
    public bool IsMissing { get; private set; }

    /// <summary>The place of a file in the order of reading.</summary>
    public int OrderOf(SourceText source) => _sources.IndexOf(source);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The path; one that a file names is relative to the folder of that file.</param>
    /// <param name="isNeeded">Whether it is a problem if there is no such file.</param>
    /// <returns>The text; null: it cannot be read, which has been reported, or has been read already.</returns>
    public SourceText? Read(string path, bool isNeeded = true)
    {
        if (!_read.Add(FullPath.Of(path)))
        {
            return null;
        }

        if (_read.Count > MostFiles)
        {
            problems.Error(new Position(new SourceText(path, "")), $"more than {MostFiles} files are imported: this is not read");
            return null;
        }

        if (!isNeeded && !File.Exists(path))
        {
            return null;
        }

        using var target = all.Walk(path);
        var missing = false;
        if (target.File is { Status.Type: FileType.Fifo } && !path.StartsWith("/dev/", StringComparison.Ordinal)
            && !path.StartsWith("/proc/", StringComparison.Ordinal))
        {
            // It may hold nothing for ever; a pipe of the shell is one of those that are open already.
            problems.Error(new Position(new SourceText(path, "")), "this is a FIFO and not a file; it is not read");
            return null;
        }

        if (judge.RefusesPipe(target, path) || SourceFile.ReadForeign(target, path, problems, out missing) is not { } source)
        {
            IsMissing |= missing;
            return null;
        }

        _sources.Add(source);
        problems.Register(source);
        judge.JudgeFile(target, new Position(source));
        if (source.Text.Contains("\r\n", StringComparison.Ordinal))
        {
            map.Changed(new Position(source), "the lines end with CR LF: the CR was a part of the last word of each line, and is none now");
        }

        if (!source.IsUtf8)
        {
            map.Changed(
                new Position(source),
                "the file is not UTF-8 and is read as Latin-1: check the values that have other characters than ASCII");
        }

        return source;
    }

    /// <summary>A file that several others may name; null: there is none, or it cannot be read.</summary>
    public SourceText? Shared(string path) =>
        HasRead(path) ? _sources.Find(source => FullPath.Of(source.Name) == FullPath.Of(path)) : Read(path, isNeeded: false);

    /// <summary>Whether a file has been read.</summary>
    public bool HasRead(string path) => _read.Contains(FullPath.Of(path));

    /// <summary>The files of a path whose last name may be a pattern, in byte order.</summary>
    /// <returns>None where nothing matches a pattern, or its folder cannot be read; a path without a pattern is itself.</returns>
    public IReadOnlyList<string> Matching(string path)
    {
        var (folder, name) = (Path.GetDirectoryName(path) is { Length: > 0 } known ? known : ".", Path.GetFileName(path));
        if (!FilePattern.Is(name))
        {
            return [path];
        }

        try
        {
            return [.. FilePattern.Matches(folder, name).Select(file => Path.Combine(folder, file))];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problems.Error(new Position(new SourceText(folder, "")), $"the folder cannot be read: {failure.Message}");
            return [];
        }
    }
}
