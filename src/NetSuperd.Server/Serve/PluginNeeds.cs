using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.Json;

namespace NetSuperd.Server.Serve;

/// <summary>
/// Reads from a plugin's files what it needs, before any of its code runs. Otherwise a plugin would fail at its first client, and report no
/// more than a missing file.
/// </summary>
internal sealed class PluginNeeds
{
    private const string SelfContained =
        "it has a .NET of its own, and the daemon runs plugins on the one that it runs on: publish it with --self-contained false";

    private readonly string _assembly;
    private readonly PluginContext _context;
    private readonly List<string> _doubts = [];

    /// <param name="assembly">The plugin's own assembly.</param>
    /// <param name="context">Finds what it needs.</param>
    public PluginNeeds(string assembly, PluginContext context)
    {
        (_assembly, _context) = (assembly, context);
        var missing = References();
        Obstacle = File.Exists(Path.Combine(Path.GetDirectoryName(assembly)!, "System.Private.CoreLib.dll")) ? SelfContained
            : Frameworks() ?? missing;
    }

    /// <summary>Why the plugin cannot run, and what to do; null where no reason is known.</summary>
    public string? Obstacle { get; }

    /// <summary>Possible faults of the plugin.</summary>
    public IReadOnlyList<string> Doubts => _doubts;

    /// <summary>The names of its handlers.</summary>
    public IReadOnlyList<string> Handlers { get; private set; } = [];

    /// <summary>The shared frameworks of <c>NAME.runtimeconfig.json</c>.</summary>
    private string? Frameworks()
    {
        var file = Path.ChangeExtension(_assembly, ".runtimeconfig.json");
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            var options = document.RootElement.GetProperty("runtimeOptions");
            var frameworks = options.TryGetProperty("framework", out var only) ? [only]
                : options.TryGetProperty("frameworks", out var several) ? several.EnumerateArray()
                : Enumerable.Empty<JsonElement>();
            return options.TryGetProperty("includedFrameworks", out _) ? SelfContained
                : frameworks.Select(framework => SharedAssemblies.WhyNot(
                    framework.GetProperty("name").GetString()!, Version.Parse(framework.GetProperty("version").GetString()!.Split('-')[0])))
                .FirstOrDefault(obstacle => obstacle is not null);
        }
        catch (Exception wrong) when (
            wrong is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            return $"{Path.GetFileName(file)} is broken: {wrong.Message}";
        }
    }

    /// <summary>The assemblies that its own assembly refers to, directly or through others.</summary>
    private string? References()
    {
        var seen = new HashSet<string>();
        var left = new Stack<string>([_assembly]);
        while (left.TryPop(out var file))
        {
            using var image = new PEReader([.. File.ReadAllBytes(file)]);
            if (!image.HasMetadata)
            {
                return $"{Path.GetFileName(file)} is not a .NET assembly";
            }

            var metadata = image.GetMetadataReader();
            Handlers = file == _assembly ? HandlerNames(metadata) : Handlers;
            foreach (var reference in metadata.AssemblyReferences.Select(handle => metadata.GetAssemblyReference(handle).GetAssemblyName()))
            {
                if (Tell(reference, file) is { } obstacle)
                {
                    return obstacle;
                }

                if (_context.Find(reference) is { } next && PluginContext.IsOwn(next) && seen.Add(next))
                {
                    left.Push(next);
                }
            }
        }

        return null;
    }

    /// <summary>Why a reference cannot be resolved, or null.</summary>
    private string? Tell(AssemblyName reference, string file)
    {
        var (name, version) = (reference.Name!, reference.Version ?? new Version());
        var by = file == _assembly ? "it" : Path.GetFileName(file);
        if (SharedAssemblies.InContract(name) is { } ours)
        {
            return name == typeof(HandlerAttribute).Assembly.GetName().Name && version.Major != ours.Major
                ? $"{by} is built with {name} {version.ToString(3)}, and the daemon has {ours.ToString(3)}, which is another contract: "
                    + $"build it with the package of version {ours.ToString(3)}"
                : version <= ours ? null
                : $"{by} needs {name} {version}, and the daemon has {ours}: build the plugin with packages of version {ours.ToString(2)}";
        }

        if (_context.Find(reference) is not null)
        {
            return null;
        }

        if (SharedAssemblies.InRuntime(name) is { } runtime)
        {
            return AssemblyName.GetAssemblyName(runtime).Version is var installed && version <= installed ? null
                : $"{by} is built for .NET {version.ToString(2)}, and the daemon runs on .NET {Environment.Version}: "
                    + $"build the plugin with <TargetFramework>net{Environment.Version.ToString(2)}</TargetFramework>";
        }

        var missing = $"{by} needs {name} {version}, which is not in its folder";
        if (file == _assembly)
        {
            return $"{missing}: copy all output of dotnet publish into that folder";
        }

        // Libraries refer to assemblies that most programs do not need.
        _doubts.Add($"{missing}: what uses it fails");
        return null;
    }

    private static List<string> HandlerNames(MetadataReader metadata)
    {
        var names = new List<string>();
        foreach (var attribute in metadata.CustomAttributes.Select(metadata.GetCustomAttribute))
        {
            if (attribute.Constructor.Kind == HandleKind.MemberReference
                && metadata.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent
                    is { Kind: HandleKind.TypeReference } type
                && metadata.StringComparer.Equals(metadata.GetTypeReference((TypeReferenceHandle)type).Name, nameof(HandlerAttribute)))
            {
                // ECMA-335 II.23.3: a prolog of two bytes, then the argument.
                var value = metadata.GetBlobReader(attribute.Value);
                _ = value.ReadUInt16();
                names.Add(value.ReadSerializedString() ?? "");
            }
        }

        return names;
    }
}
