using System.Reflection;
using Microsoft.Extensions.Logging;

namespace NetSuperd.Server.Serve;

/// <summary>The assemblies that plugins share with the daemon: the contract, every assembly whose types it uses, and .NET.</summary>
/// <remarks>
/// A handler gets an <c>ILogger</c>, and the assembly of <c>ILogger</c> has an <c>ILoggingBuilder</c> with an <c>IServiceCollection</c> of
/// a third assembly. A plugin with a copy of that assembly would have two types of this name, and could not load a class that implements
/// the interface.
/// </remarks>
internal static class SharedAssemblies
{
    private const string Net = "Microsoft.NETCore.App";
    private const string AspNet = "Microsoft.AspNetCore.App";

    /// <summary>The folder of .NET itself.</summary>
    public static string Runtime { get; } = Path.GetDirectoryName(typeof(object).Assembly.Location)!;

    // A program with its own .NET has both in one folder.
    private static bool IsSelfContained { get; } = Runtime == Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);

    /// <summary>The folder of ASP.NET Core of the same version of .NET; null where it is not installed.</summary>
    public static string? AspNetCore { get; } = NewestOf(
        !IsSelfContained ? Path.GetFullPath($"../../{AspNet}", Runtime)
        : Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles) is { Length: > 0 } programs
            ? Path.Combine(programs, "dotnet", "shared", AspNet)
        : null);

    // Must stand after the folders: its initializer uses them.
    private static readonly Dictionary<string, Version> Contract = Closure(typeof(IStreamHandler).Assembly, typeof(ILogger).Assembly);

    /// <summary>The version of an assembly of the contract; null where the contract does not have it.</summary>
    public static Version? InContract(string name) => Contract.GetValueOrDefault(name);

    /// <summary>The file of an assembly of .NET itself; null where .NET has none of this name.</summary>
    public static string? InRuntime(string name) => IsSelfContained && !IsOfNet(name) ? null : Existing(Runtime, name);

    /// <summary>The file of an assembly of ASP.NET Core; null where it has none of this name.</summary>
    public static string? InAspNetCore(string name) => AspNetCore is null ? null : Existing(AspNetCore, name);

    /// <summary>
    /// Whether an assembly is a private dependency of the daemon. Plugins do not share those: they would depend on how the daemon is built.
    /// </summary>
    public static bool IsOfTheDaemon(string name) =>
        Existing(AppContext.BaseDirectory, name) is not null && name != Assembly.GetEntryAssembly()?.GetName().Name
        && !(IsSelfContained && IsOfNet(name));

    /// <summary>Why a shared framework that a plugin needs is not available, and what to do; null where it is.</summary>
    public static string? WhyNot(string framework, Version version)
    {
        if (framework is not (Net or AspNet))
        {
            return $"it needs the shared framework {framework}, which the daemon does not have: plugins may use {Net} and {AspNet}";
        }

        var net = Environment.Version.ToString(2);
        if (framework == AspNet && AspNetCore is null)
        {
            return $"it needs the shared framework {framework}, which is not installed for .NET {net}: install the "
                + $"ASP.NET Core Runtime {net} of this system (aspnetcore-runtime-{net}, or from https://dotnet.microsoft.com/download)";
        }

        var installed = framework == Net ? Environment.Version : Version.Parse(Path.GetFileName(AspNetCore)!);
        return (version.Major, version.Minor).CompareTo((installed.Major, installed.Minor)) <= 0 ? null
            : $"it is built for {framework} {version.ToString(2)}, and the daemon runs on {installed}: build it with "
                + $"<TargetFramework>net{net}</TargetFramework>";
    }

    private static string? Existing(string folder, string name) =>
        Path.Combine(folder, name + ".dll") is var path && File.Exists(path) ? path : null;

    /// <summary>The folder of the newest version that fits this runtime.</summary>
    private static string? NewestOf(string? framework) => !Directory.Exists(framework) ? null
        : Directory.EnumerateDirectories(framework)
            .Where(folder => Version.TryParse(Path.GetFileName(folder), out var version)
                && (version.Major, version.Minor) == (Environment.Version.Major, Environment.Version.Minor))
            .MaxBy(folder => Version.Parse(Path.GetFileName(folder)));

    private static Dictionary<string, Version> Closure(params IEnumerable<Assembly> contract)
    {
        var closure = new Dictionary<string, Version>();
        var left = new Stack<Assembly>(contract);
        while (left.TryPop(out var assembly))
        {
            if (closure.TryAdd(assembly.GetName().Name!, assembly.GetName().Version!))
            {
                foreach (var reference in assembly.GetReferencedAssemblies().Where(reference => InRuntime(reference.Name!) is null))
                {
                    left.Push(Assembly.Load(reference));
                }
            }
        }

        return closure;
    }

    private static bool IsOfNet(string name) => name is "System" or "netstandard" or "mscorlib" or "Microsoft.CSharp" or "WindowsBase"
        || name.StartsWith("Microsoft.Win32.", StringComparison.Ordinal)
        || (name.StartsWith("System.", StringComparison.Ordinal) && name != "System.CommandLine");
}
