using System.Reflection;
using System.Runtime.InteropServices;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Serve;

/// <summary>Loads the plugins of a folder: each sub-folder is a plugin, with an assembly of the sub-folder's name.</summary>
internal sealed class PluginLoader(HandlerCatalog catalog, LoadRequest request, IReadOnlyList<Plugin> loaded, List<ConfigProblem> problems)
{
    private readonly List<Plugin> _plugins = [];

    /// <summary>
    /// Loads every plugin that is not loaded yet or whose files have changed. A plugin that cannot be loaded is reported and left out; it
    /// is an error only for services that name it.
    /// </summary>
    public IReadOnlyList<Plugin> Load(string folder)
    {
        if (!Directory.Exists(folder) || !IsTrusted(folder))
        {
            return [];
        }

        foreach (var plugin in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal))
        {
            LoadOne(plugin);
        }

        return _plugins;
    }

    /// <summary>Loads one plugin.</summary>
    /// <param name="plugin">Its folder.</param>
    /// <returns>The plugins that this loader has loaded so far.</returns>
    public IReadOnlyList<Plugin> LoadOne(string plugin)
    {
        var assembly = Path.Combine(plugin, Path.GetFileName(plugin) + ".dll");
        if (EntriesOf(plugin, assembly) is not { } entries)
        {
            return _plugins;
        }

        if (!File.Exists(assembly))
        {
            SayNone(plugin, assembly);
        }
        else if (IsTrusted(plugin) && entries.All(IsTrusted))
        {
            LoadPlugin(plugin, assembly);
        }

        return _plugins;
    }

    /// <returns>What is in a folder; null where it cannot be read, which is reported.</returns>
    private string[]? EntriesOf(string folder, string assembly)
    {
        try
        {
            return Directory.GetFileSystemEntries(folder, "*", SearchOption.AllDirectories);
        }
        catch (UnauthorizedAccessException failure)
        {
            SayUnusable(assembly, ReasonOf(failure)!, [Path.GetFileName(folder)]);
            return null;
        }
    }

    /// <summary>
    /// Reports a folder without the assembly; a developer may have published a program in one file, which no other program can load.
    /// </summary>
    private void SayNone(string folder, string assembly)
    {
        var name = Path.GetFileName(folder);
        var remedy = File.Exists(Path.Combine(folder, name))
            ? $", but the program {name}: publish it without PublishSingleFile and PublishAot"
            : "";
        var reason = $"not a plugin: it has no {Path.GetFileName(assembly)}{remedy}";
        Say(folder, Severity.Warning, reason);
        catalog.AddUnusable(name, $"{folder} is {reason}");
    }

    private void LoadPlugin(string folder, string path)
    {
        // Most plugins have a handler of their own name: it is assumed where the names cannot be read.
        IReadOnlyList<string> handlers = [Path.GetFileName(folder)];
        try
        {
            var fingerprint = Plugin.FingerprintOf(folder);
            var same = loaded.FirstOrDefault(other => other.Path == path && other.Fingerprint == fingerprint);
            if ((same ?? Load(path, fingerprint, ref handlers)) is { } plugin)
            {
                Add(plugin);
            }
        }
        catch (Exception failure) when (ReasonOf(failure) is { } reason)
        {
            SayUnusable(path, reason, handlers);
        }
    }

    /// <summary>Why a plugin could not be loaded; null where that is not its own fault.</summary>
    private string? ReasonOf(Exception failure) => failure switch
    {
        ReflectionTypeLoadException types => types.LoaderExceptions.FirstOrDefault(inner => inner is not null)?.Message ?? types.Message,
        BadImageFormatException => $"it, or what it needs, is not a .NET assembly that runs on {RuntimeInformation.RuntimeIdentifier}",
        UnauthorizedAccessException =>
            $"{request.Host.Process.UserName} cannot read it ({failure.Message.TrimEnd('.')}); make its folder and files readable",
        IOException or TypeLoadException or InvalidOperationException or CustomAttributeFormatException =>
            failure.Message,
        _ => null,
    };

    private void Add(Plugin plugin)
    {
        plugin.Enter();
        _plugins.Add(plugin);
        if (plugin.Handlers.Count == 0)
        {
            const string None = "the plugin has no class with [Handler(\"name\")]";
            Say(plugin.Path, Severity.Warning, None);
            catalog.AddUnusable(Path.GetFileNameWithoutExtension(plugin.Path), $"{plugin.Path}: {None}");
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

    /// <returns>The plugin; null where it lacks something, which is reported.</returns>
    private Plugin? Load(string path, string fingerprint, ref IReadOnlyList<string> handlers)
    {
        var context = new PluginContext(Path.GetFileNameWithoutExtension(path), path, request.Host.Files);
        try
        {
            var needs = new PluginNeeds(path, context);
            handlers = needs.Handlers is [] ? handlers : needs.Handlers;
            if (needs.Obstacle is { } obstacle)
            {
                context.Unload();
                SayUnusable(path, obstacle, handlers);
                return null;
            }

            var types = context.LoadPlugin().GetTypes().Where(type => type.GetCustomAttribute<HandlerAttribute>() is not null).ToList();
            return new Plugin(path, fingerprint, context, types, needs.Doubts);
        }
        catch
        {
            context.Unload();
            throw;
        }
    }

    /// <summary>A plugin that cannot be loaded matters only to services that name one of its handlers.</summary>
    private void SayUnusable(string path, string reason, IReadOnlyList<string> handlers)
    {
        Say(path, Severity.Warning, $"cannot load the plugin: {reason}");
        foreach (var handler in handlers)
        {
            catalog.AddUnusable(handler, $"{path} cannot be loaded: {reason}");
        }
    }

    /// <summary>Root runs no code that other users can write, not in <c>check</c> either, where it is only a warning.</summary>
    private bool IsTrusted(string path)
    {
        using var target = request.Host.Files.Walk(path);
        var wrong = request.IsRoot && target.Complaints.Count > 0 ? target.Complaints[0]
            : target.File is { Status.Type: not (FileType.Regular or FileType.Directory) } ? $"{path} is neither a file nor a folder"
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
