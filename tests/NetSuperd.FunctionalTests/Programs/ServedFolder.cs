using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Programs;

/// <summary>A folder that a server offers, and the user without rights that the server runs as.</summary>
internal sealed class ServedFolder : IDisposable
{
    private readonly Scratch _scratch = new();

    /// <summary>The user of a server that needs no rights: the daemon's own where the daemon is not root.</summary>
    public static string User => Environment.IsPrivilegedProcess ? "nobody" : Environment.UserName;

    /// <summary>The folder.</summary>
    public string Folder => _scratch.Folder;

    /// <summary>The folder as one of the tests' own.</summary>
    public Scratch Scratch => _scratch;

    /// <summary>A path below the folder.</summary>
    public string this[string name] => _scratch[name];

    /// <summary>Writes a file below the folder.</summary>
    /// <returns>Its path.</returns>
    public string Write(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    /// <inheritdoc cref="Write(string, byte[])"/>
    public string Write(string name, string text) => _scratch.Write(name, text);

    /// <summary>Bytes of every value, the same at each run.</summary>
    public static byte[] Noise(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    /// <summary>A folder below the folder that every user can write.</summary>
    /// <returns>Its path.</returns>
    public string Inbox(string name)
    {
        Directory.CreateDirectory(this[name]);
        File.SetUnixFileMode(this[name], (UnixFileMode)Convert.ToInt32("777", 8));
        return this[name];
    }

    /// <summary>Lets every user read what is there so far.</summary>
    public Task OpenAsync() => Command.OutputAsync("chmod", "--recursive", "a+rX", Folder);

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();
}
