using System.Reflection;
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
            var plugin = loaded.FirstOrDefault(other => other.Path == path && other.Fingerprint == fingerprint) ?? Load(path, fingerprint);
            plugin.Enter();
            _plugins.Add(plugin);
            if (plugin.Handlers.Count == 0)
            {
                Say(path, Severity.Warning, "the plugin has no class with [Handler(\"name\")]");
            }

            foreach (var handler in plugin.Handlers)
            {
                if (catalog.Add(handler, path, plugin) is { } wrong)
                {
                    Say(path, Severity.Error, wrong);
                }
            }
        }
        catch (ReflectionTypeLoadException failure)
        {
            Say(path, Severity.Warning, $"cannot load the plugin: {failure.LoaderExceptions.FirstOrDefault(inner => inner is not null)?.Message ?? failure.Message}");
        }
        catch (Exception failure) when (failure is BadImageFormatException or IOException or UnauthorizedAccessException
            or TypeLoadException or InvalidOperationException or CustomAttributeFormatException)
        {
            Say(path, Severity.Warning, $"cannot load the plugin: {failure.Message}");
        }
    }

    private static Plugin Load(string path, string fingerprint)
    {
        var context = new PluginContext(Path.GetFileNameWithoutExtension(path), path);
        try
        {
            var handlers = context.LoadPlugin().GetTypes().Where(type => type.GetCustomAttribute<HandlerAttribute>() is not null).ToList();
            return new Plugin(path, fingerprint, context, handlers);
        }
        catch
        {
            context.Unload();
            throw;
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
