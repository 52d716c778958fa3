namespace NetSuperd.FunctionalTests.Harness;

/// <summary>A folder that only the user of the test run can enter, removed at the end.</summary>
public sealed class Scratch : IDisposable
{
    /// <summary>The folder.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("netsuperd-").FullName;

    /// <summary>A path below the folder.</summary>
    public string this[string name] => Path.Combine(Folder, name);

    /// <summary>Writes a file below the folder.</summary>
    public string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.WriteAllText(this[name], text);
        return this[name];
    }

    /// <summary>The permissions of a file below the folder; null while it is not there.</summary>
    public UnixFileMode? ModeOf(string name)
    {
        try
        {
            return File.GetUnixFileMode(this[name]);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Copies a folder into this one.</summary>
    public void Copy(string from, string name)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(this[name], Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
