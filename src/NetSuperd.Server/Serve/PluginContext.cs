using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using NetSuperd.Platform;

namespace NetSuperd.Server.Serve;

/// <summary>The load context of one plugin: its assembly and its dependencies, apart from every other plugin's.</summary>
/// <remarks>
/// An assembly of the contract is always the daemon's. An assembly that both .NET and the folder have is .NET's, unless the folder has a
/// newer version. Everything else comes from the folder, or from the ASP.NET Core that is installed. Assemblies of the folder are loaded
/// from bytes. Loaded from a path, they would stay mapped, and a file that is rewritten in place would kill the daemon with SIGBUS; the
/// files of .NET are mapped anyway.
/// </remarks>
internal sealed class PluginContext(string name, string assemblyPath, IFiles files) : AssemblyLoadContext(name, isCollectible: true)
{
    private readonly AssemblyDependencyResolver _resolver = new(assemblyPath);

    /// <summary>Loads the plugin's own assembly.</summary>
    public Assembly LoadPlugin() => LoadBytes(assemblyPath);

    /// <summary>The file that is loaded for a reference; null where the daemon has the assembly, or where it is missing.</summary>
    public string? Find(AssemblyName reference)
    {
        if (SharedAssemblies.InContract(reference.Name!) is not null)
        {
            return null;
        }

        var own = _resolver.ResolveAssemblyToPath(reference);
        return SharedAssemblies.InRuntime(reference.Name!) is not { } runtime ? own ?? SharedAssemblies.InAspNetCore(reference.Name!)
            : own is not null && VersionOf(own) > VersionOf(runtime) ? own
            : null;
    }

    /// <summary>Whether a file belongs to the plugin, and not to the ASP.NET Core that is installed.</summary>
    public static bool IsOwn(string file) => Path.GetDirectoryName(file) != SharedAssemblies.AspNetCore;

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName) =>
        Find(assemblyName) is { } file ? IsOwn(file) ? LoadBytes(file) : LoadFromAssemblyPath(file)
        : SharedAssemblies.InContract(assemblyName.Name!) is null && SharedAssemblies.IsOfTheDaemon(assemblyName.Name!)
            ? throw new FileNotFoundException($"the folder of the plugin has no {assemblyName.Name}.dll", assemblyName.FullName)
        : null;

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        Beside(unmanagedDllName).Prepend(_resolver.ResolveUnmanagedDllToPath(unmanagedDllName)).FirstOrDefault(IsLibrary) is { } path
            ? NativeLibraries.Load(path, files)
            : 0;

    /// <summary>
    /// Where a library of the folder may be that the build has not listed: beside the assembly, where the runtime looks for a program's
    /// libraries, or where packages keep the libraries of each system.
    /// </summary>
    private IEnumerable<string?> Beside(string library) => Path.GetFileName(library) != library ? []
        : from name in files.LibraryNames(library)
          from folder in new[] { "", $"runtimes/{RuntimeInformation.RuntimeIdentifier}/native" }
          select Path.Combine(Path.GetDirectoryName(assemblyPath)!, folder, name);

    /// <summary>Whether a file is there, and is not the plugin itself, which may have the name of its library.</summary>
    private bool IsLibrary(string? file) => !assemblyPath.Equals(file, StringComparison.OrdinalIgnoreCase) && File.Exists(file);

    private static Version VersionOf(string file) => AssemblyName.GetAssemblyName(file).Version ?? new Version();

    private Assembly LoadBytes(string path)
    {
        using var assembly = new MemoryStream(File.ReadAllBytes(path));
        var symbols = Path.ChangeExtension(path, ".pdb");
        using var pdb = File.Exists(symbols) ? new MemoryStream(File.ReadAllBytes(symbols)) : null;
        return LoadFromStream(assembly, pdb);
    }
}
