using System.Runtime.InteropServices;
using System.Security.Cryptography;
using NetSuperd.Platform;

namespace NetSuperd.Server.Serve;

/// <summary>
/// Loads the native libraries of plugins from copies in memory: a library that is rewritten in place would kill the daemon with SIGBUS.
/// </summary>
/// <remarks>
/// A library is never unloaded, since nothing tells when the last of its code has run. So a plugin that is loaded again gets the same
/// library where the file has not changed, as from dlopen(3). The copies stay open: the loader takes a path that it has seen before for the
/// same library.
/// </remarks>
internal static class NativeLibraries
{
    private static readonly Lock Loading = new();
    private static readonly Dictionary<string, (nint Library, FileCopy? Copy)> Loaded = [];

    /// <summary>Loads a library, or returns the one that was loaded from the same content.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="files">Makes the copy.</param>
    /// <exception cref="DllNotFoundException">It cannot be loaded.</exception>
    public static nint Load(string path, IFiles files)
    {
        var content = File.ReadAllBytes(path);
        var key = $"{path}\0{Convert.ToHexString(SHA256.HashData(content))}";
        lock (Loading)
        {
            if (!Loaded.TryGetValue(key, out var loaded))
            {
                Loaded[key] = loaded = LoadCopy(path, content, files);
            }

            return loaded.Library;
        }
    }

    private static (nint Library, FileCopy? Copy) LoadCopy(string path, byte[] content, IFiles files)
    {
        FileCopy? copy = null;
        try
        {
            copy = files.Copy(Path.GetFileName(path), content);
            return (NativeLibrary.Load(copy.Path), copy);
        }
        catch (Exception failure) when (failure is DllNotFoundException or CallException or IOException or UnauthorizedAccessException)
        {
            // The library looks for another one beside itself ($ORIGIN), or the system does not execute files in memory (vm.memfd_noexec),
            // or does not allow the copy: then the library itself is loaded, which stays in use as long as the daemon runs.
            copy?.Dispose();
            return (NativeLibrary.Load(path), null);
        }
    }
}
