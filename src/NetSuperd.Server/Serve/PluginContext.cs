using System.Reflection;
using System.Runtime.Loader;

namespace NetSuperd.Server.Serve;

/// <summary>
/// The load context of one plugin: its assembly and its dependencies, apart from every other plugin's. Only the contract is shared, since a
/// second copy of it would be another type.
/// </summary>
/// <remarks>
/// Assemblies are loaded from bytes. Loaded from a path they stay mapped, and a file that is rewritten in place then kills the daemon with
/// SIGBUS.
/// </remarks>
internal sealed class PluginContext(string name, string assemblyPath) : AssemblyLoadContext(name, isCollectible: true)
{
    private static readonly HashSet<string?> Shared =
        [typeof(IStreamHandler).Assembly.GetName().Name, typeof(Microsoft.Extensions.Logging.ILogger).Assembly.GetName().Name];

    private readonly AssemblyDependencyResolver _resolver = new(assemblyPath);

    /// <summary>Loads the plugin's own assembly.</summary>
    public Assembly LoadPlugin() => LoadBytes(assemblyPath);

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName) =>
        !Shared.Contains(assemblyName.Name) && _resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadBytes(path) : null;

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;

    private Assembly LoadBytes(string path)
    {
        using var assembly = new MemoryStream(File.ReadAllBytes(path));
        var symbols = Path.ChangeExtension(path, ".pdb");
        using var pdb = File.Exists(symbols) ? new MemoryStream(File.ReadAllBytes(symbols)) : null;
        return LoadFromStream(assembly, pdb);
    }
}
