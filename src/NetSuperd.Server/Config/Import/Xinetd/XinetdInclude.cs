namespace NetSuperd.Server.Config.Import.Xinetd;

/// <summary>The lines <c>include</c> and <c>includedir</c>, and the folders of services.</summary>
internal sealed class XinetdInclude(Importing importing, List<XinetdEntry> entries)
{
    private const string FolderOfServices = "xinetd.d";

    /// <summary>Whether a file that only its folder or a pattern names is one that xinetd does not read.</summary>
    public static bool LeavesOut(ForeignFormat? format, string file) =>
        (format == ForeignFormat.Xinetd || (format is null && Path.GetFileName(Path.GetDirectoryName(file)) == FolderOfServices))
            && !Reads(Path.GetFileName(file));

    // A dot or a tilde is the mark of what packages and editors leave behind.
    private static bool Reads(string name) => !name.Contains('.', StringComparison.Ordinal) && !name.EndsWith('~');

    /// <summary>Reads the files that a line includes.</summary>
    public void Follow(Word keyword, Word path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(keyword.At.Source.Name)) ?? "/";
        var target = Path.GetFullPath(path.Text, folder);
        var beside = Path.Combine(folder, Path.GetFileName(Path.TrimEndingDirectorySeparator(target)));
        var isFolder = keyword.Text.Equals("includedir", StringComparison.OrdinalIgnoreCase);
        if (beside != Path.TrimEndingDirectorySeparator(target) && (isFolder ? Directory.Exists(beside) : File.Exists(beside)))
        {
            importing.Map.Changed(
                path.At, $"{beside} is read in place of {target}, since it is beside this file: a copy from another host");
            target = beside;
        }

        if (isFolder ? !Directory.Exists(target) : !File.Exists(target))
        {
            importing.Map.Lost(
                path.At,
                $"there is no {(isFolder ? "folder" : "file")} {target}, so xinetd would not read it here; "
                + "if this is a copy from another host, import the copy of that one as well");
            return;
        }

        foreach (var file in isFolder ? FilesOf(target) : [target])
        {
            if (!importing.Files.HasRead(file) && importing.Files.Read(file) is { } source)
            {
                new XinetdReader(importing, entries, source).Read();
            }
        }
    }

    /// <summary>The files of a folder that xinetd reads.</summary>
    private IEnumerable<string> FilesOf(string folder) =>
        importing.Files.Matching($"{folder}/*").Where(file => Reads(Path.GetFileName(file)) && File.Exists(file));
}
