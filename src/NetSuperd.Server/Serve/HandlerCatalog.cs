using System.Reflection;

namespace NetSuperd.Server.Serve;

/// <summary>The handlers that the map can name: the built-in ones, and those of the plugins.</summary>
internal sealed class HandlerCatalog
{
    /// <summary>The origin of the built-in handlers.</summary>
    public const string Builtin = "built-in";

    private readonly Dictionary<string, (Type Type, string Origin, Plugin? Plugin)> _handlers = [];
    private readonly Dictionary<string, string> _unusable = [];

    /// <summary>Every name.</summary>
    public IEnumerable<string> Names => _handlers.Keys;

    /// <summary>The handler of a name, or null.</summary>
    public Type? Find(string name) => _handlers.TryGetValue(name, out var found) ? found.Type : null;

    /// <summary>The plugin that the handler of a name comes from; null for a built-in.</summary>
    public Plugin? PluginOf(string name) => _handlers[name].Plugin;

    /// <summary>Notes a handler of a plugin that cannot be loaded.</summary>
    public void AddUnusable(string name, string reason) => _unusable.TryAdd(name, reason);

    /// <summary>Why a plugin's handler cannot be used; null where no plugin has it.</summary>
    public string? WhyUnusable(string name) => _unusable.GetValueOrDefault(name);

    /// <summary>Adds a type with <see cref="HandlerAttribute"/>.</summary>
    /// <param name="type">The type.</param>
    /// <param name="origin">Where it comes from, for messages: <see cref="Builtin"/> or the plugin's assembly.</param>
    /// <param name="plugin">The plugin, unless it is a built-in.</param>
    /// <returns>What is wrong with it, or null.</returns>
    public string? Add(Type type, string origin, Plugin? plugin = null)
    {
        var name = type.GetCustomAttribute<HandlerAttribute>()!.Name;
        if (type.IsAbstract || !(typeof(IStreamHandler).IsAssignableFrom(type) || typeof(IDatagramHandler).IsAssignableFrom(type)))
        {
            return $"{type.FullName} has [Handler(\"{name}\")] but is not a class that implements IStreamHandler or IDatagramHandler";
        }

        if (name is null || name.Length is 0 or > 64 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'))
        {
            return $"{type.FullName} has a handler name that is not allowed; write letters, digits, '-' and '_', at most 64";
        }

        return _handlers.TryAdd(name, (type, origin, plugin)) ? null
            : $"{type.FullName} is a second handler named '{name}'; "
                + $"the first is {_handlers[name].Type.FullName} ({_handlers[name].Origin})";
    }
}
