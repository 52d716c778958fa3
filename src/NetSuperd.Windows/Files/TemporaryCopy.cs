using NetSuperd.Platform;

namespace NetSuperd.Windows.Files;

/// <summary>A copy of a file in a folder of its own among the temporary files of the account.</summary>
internal sealed class TemporaryCopy : FileCopy
{
    private readonly DirectoryInfo _folder;

    /// <summary>Writes the copy.</summary>
    public TemporaryCopy(string name, ReadOnlySpan<byte> content)
    {
        _folder = Directory.CreateTempSubdirectory("netsuperd-");
        Path = System.IO.Path.Combine(_folder.FullName, System.IO.Path.GetFileName(name));
        File.WriteAllBytes(Path, content);
    }

    /// <inheritdoc/>
    public override string Path { get; }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        try
        {
            _folder.Delete(recursive: true);
        }
        catch (Exception used) when (used is IOException or UnauthorizedAccessException)
        {
            // Windows keeps a library that is loaded; the folder is among the temporary files.
        }
    }
}
