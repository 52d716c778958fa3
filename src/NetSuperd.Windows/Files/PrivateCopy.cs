using Microsoft.Win32.SafeHandles;
using NetSuperd.Platform;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Files;

/// <summary>
/// A copy of a library in a folder of its own, to which no other account may write: a library loads others from its folder.
/// </summary>
/// <remarks>
/// Windows keeps the file of a library that is loaded, so the copy stays when the process ends, and the next daemon of the account removes
/// it. Until then the file is held open without FILE_SHARE_DELETE, so that no such daemon removes it between here and the load, when
/// nothing else keeps it. Against other accounts the access control lists suffice: the folders are among the data of the account
/// (<c>%LOCALAPPDATA%</c>), which a service has as well, and not among the temporary files, which for SYSTEM are in a folder of every user;
/// the path to them is judged; and the copy and its folder are private from their creation on.
/// </remarks>
internal sealed class PrivateCopy : FileCopy
{
    private const string OwnFolder = "netsuperd";
    private const string Prefix = "native-";

    // Old copies are looked for once.
    private static int _hasCleaned;

    private readonly WindowsFile _folder;
    private SafeFileHandle? _held;

    private PrivateCopy(WindowsFile folder, string name) => (_folder, Path) = (folder, folder.PathOf(name));

    /// <inheritdoc/>
    public override string Path { get; }

    /// <summary>Writes the copy.</summary>
    /// <exception cref="UntrustedPathException">Another account could change the folders of this account.</exception>
    /// <exception cref="CallException">The system refuses it.</exception>
    /// <exception cref="IOException">The bytes could not be written.</exception>
    public static PrivateCopy Create(string name, ReadOnlySpan<byte> content)
    {
        var local = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Create(local.Length > 0 ? local : System.IO.Path.GetTempPath(), name, content);
    }

    /// <inheritdoc cref="Create(string, ReadOnlySpan{byte})"/>
    internal static PrivateCopy Create(string data, string name, ReadOnlySpan<byte> content)
    {
        var access = Trustees.OfProcess.PrivateAccess(isFolder: true, readers: false);
        Directory.CreateDirectory(data);
        using (var place = WindowsFiles.Open(System.IO.Path.Combine(data, OwnFolder)))
        {
            if (place.File is null)
            {
                place.Folder.CreateFolder(place.LastName, access).Dispose();
            }
        }

        using var target = WindowsFiles.Open(System.IO.Path.Combine(data, OwnFolder, $"{Prefix}{Guid.NewGuid():N}"));
        if (Interlocked.Exchange(ref _hasCleaned, 1) == 0)
        {
            Clean(target.Folder.Path);
        }

        var copy = new PrivateCopy(target.Folder.CreateFolder(target.LastName, access), System.IO.Path.GetFileName(name));
        try
        {
            using var file = copy._folder.Create(System.IO.Path.GetFileName(name), Ntdll.FILE_WRITE_DATA, access);
            RandomAccess.Write(file, content, 0);
            copy._held = File.OpenHandle(copy.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    /// <summary>Removes the copies of daemons that have ended.</summary>
    internal static void Clean(string folder)
    {
        foreach (var old in Directory.EnumerateDirectories(folder, Prefix + "*"))
        {
            Remove(old);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _held?.Dispose();
        _folder.Dispose();
        Remove(_folder.Path);
    }

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception used) when (used is IOException or UnauthorizedAccessException)
        {
            // The library in it is loaded, or going to be.
            return;
        }
    }
}
