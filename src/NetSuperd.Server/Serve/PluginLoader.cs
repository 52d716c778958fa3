using System.Reflection;
using System.Runtime.InteropServices;
using NetSuperd.Native;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Serve;

/// <summary>Loads the plugins of a folder: each sub-folder is one, with an assembly of the folder's name.</summary>
internal sealed class PluginLoader(HandlerCatalog catalog, LoadRequest request, IReadOnlyList<Plugin> loaded, List<ConfigProblem> problems)
{
    private readonly List<Plugin> _plugins = [];

    /// <summary>
    /// Loads every plugin but those that are loaded and whose files have not changed. One that cannot be loaded is left out and said; it is an error
    /// only to services that name it.
    /// </summary>
    public IReadOnlyList<Plugin> Load(string folder)
    {
        if (!Directory.Exists(folder) || !IsTrusted(folder))
        {
            return [];
        }

        foreach (var plugin in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal))
        {
            var assembly = Path.Combine(plugin, Path.GetFileName(plugin) + ".dll");
            if (!File.Exists(assembly))
            {
                Say(plugin, Severity.Warning, $"no plugin: it has no {Path.GetFileName(assembly)}");
            }
            else if (IsTrusted(plugin) && Directory.EnumerateFileSystemEntries(plugin, "*", SearchOption.AllDirectories).All(IsTrusted))
            {
                LoadPlugin(plugin, assembly);
            }
        }

        return _plugins;
    }

    private void LoadPlugin(string folder, string path)
    {
        try
        {
            var fingerprint = Plugin.FingerprintOf(folder);
            if ((loaded.FirstOrDefault(other => other.Path == path && other.Fingerprint == fingerprint) ?? Load(path, fingerprint)) is { } plugin)
            {
                Add(plugin);
            }
        }
        catch (ReflectionTypeLoadException failure)
        {
            SayUnusable(path, failure.LoaderExceptions.FirstOrDefault(inner => inner is not null)?.Message ?? failure.Message);
        }
        catch (BadImageFormatException)
        {
            SayUnusable(path, $"it, or what it needs, is no .NET assembly that runs on {RuntimeInformation.RuntimeIdentifier}");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException
            or TypeLoadException or InvalidOperationException or CustomAttributeFormatException)
        {
            SayUnusable(path, failure.Message);
        }
    }

    private void Add(Plugin plugin)
    {
        plugin.Enter();
        _plugins.Add(plugin);
        if (plugin.Handlers.Count == 0)
        {
            Say(plugin.Path, Severity.Warning, "the plugin has no class with [Handler(\"name\")]");
        }

        foreach (var doubt in plugin.Doubts)
        {
            Say(plugin.Path, Severity.Warning, doubt);
        }

        foreach (var handler in plugin.Handlers)
        {
            if (catalog.Add(handler, plugin.Path, plugin) is { } wrong)
            {
                Say(plugin.Path, Severity.Error, wrong);
            }
        }
    }

    /// <returns>The plugin; null where it lacks something, which is said.</returns>
    private Plugin? Load(string path, string fingerprint)
    {
        var context = new PluginContext(Path.GetFileNameWithoutExtension(path), path);
        try
        {
            var needs = new PluginNeeds(path, context);
            if (needs.Obstacle is { } obstacle)
            {
                context.Unload();
                SayUnusable(path, obstacle, needs.Handlers);
                return null;
            }

            var handlers = context.LoadPlugin().GetTypes().Where(type => type.GetCustomAttribute<HandlerAttribute>() is not null).ToList();
            return new Plugin(path, fingerprint, context, handlers, needs.Doubts);
        }
        catch
        {
            context.Unload();
            throw;
        }
    }

    /// <summary>A plugin that cannot be loaded matters to those services only that name one of its handlers.</summary>
    private void SayUnusable(string path, string reason, params IEnumerable<string> handlers)
    {
        Say(path, Severity.Warning, $"cannot load the plugin: {reason}");
        foreach (var handler in handlers)
        {
            catalog.AddUnusable(handler, $"{path} cannot be loaded: {reason}");
        }
    }

    /// <summary>Code that others can write is not run by root: not in <c>check</c> either, where it is only a warning.</summary>
    private bool IsTrusted(string path)
    {
        using var place = CheckedPath.Walk(path, ProcessIdentity.EffectiveUserId);
        var wrong = request.IsRoot && place.Complaints.Count > 0 ? place.Complaints[0]
            : place.File is { Status.Type: not (FileType.Regular or FileType.Directory) } ? $"{path} is neither a file nor a folder"
            : null;
        if (wrong is not null)
        {
            Say(path, request.ToRun ? Severity.Error : Severity.Warning, $"{wrong}; the plugin is not loaded");
        }

        return wrong is null;
    }

    private void Say(string path, Severity severity, string message) =>
        problems.Add(new ConfigProblem(new Position(new SourceText(path, "")), severity, message));
}
