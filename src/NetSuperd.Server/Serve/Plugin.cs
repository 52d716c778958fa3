using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Serve;

/// <summary>A plugin that is loaded, for as long as a map or a handler uses it.</summary>
internal sealed class Plugin(
    string path, string fingerprint, PluginContext context, IReadOnlyList<Type> handlers, IReadOnlyList<string> doubts)
{
    private static int _unloaded;

    private PluginContext? _context = context;
    private IReadOnlyList<Type> _handlers = handlers;
    private int _users;

    /// <summary>How many plugins have been unloaded in this process.</summary>
    public static int Unloaded => Volatile.Read(ref _unloaded);

    /// <summary>The path of its assembly.</summary>
    public string Path => path;

    /// <summary>The fingerprint of its folder when it was loaded.</summary>
    public string Fingerprint => fingerprint;

    /// <summary>Its classes with <see cref="HandlerAttribute"/>.</summary>
    public IReadOnlyList<Type> Handlers => _handlers;

    /// <summary>Possible faults of it, for the operator.</summary>
    public IReadOnlyList<string> Doubts => doubts;

    /// <summary>
    /// The fingerprint of a folder: the names and contents of all files. A file that changes while it is read makes it a different one.
    /// </summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static string FingerprintOf(string folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var content = File.ReadAllBytes(file);
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{file}\0{content.Length}\0"));
            hash.AppendData(content);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    /// <summary>Adds a user.</summary>
    public void Enter() => Interlocked.Increment(ref _users);

    /// <summary>Removes a user; with the last one its load context is unloaded, and the collector frees the memory.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Leave(ILogger logger)
    {
        if (Interlocked.Decrement(ref _users) > 0)
        {
            return;
        }

        _handlers = [];
        _context!.Unload();
        _context = null;
        Interlocked.Increment(ref _unloaded);
        logger.PluginUnloaded(path, fingerprint);
    }
}
