namespace NetSuperd.Builtins;

/// <summary>The services whose state a handler shows: those of <c>settings.services</c>, or all.</summary>
internal sealed class ShownServices
{
    /// <summary>The state of a service that serves.</summary>
    public const string Serving = "serving";

    // Otherwise each would wait for the other, and a host without other services would never be well.
    private static readonly string[] OnlyShow = [AgentCheckHandler.Name, HttpHealthHandler.Name];

    private readonly IServerView _view;
    private readonly IReadOnlyList<string> _names;

    /// <summary>Reads the names.</summary>
    /// <param name="settings">The settings of the handler.</param>
    /// <param name="view">Knows the states.</param>
    /// <exception cref="SettingsException">The list is empty, or has a service twice.</exception>
    public ShownServices(Settings settings, IServerView view)
    {
        _view = view;
        _names = settings.GetStrings("services");
        if (settings.Contains("services") && _names.Count == 0)
        {
            throw settings.Error("services", "'services' has no service; name some, or remove the key, and all services count");
        }

        foreach (var name in _names)
        {
            settings.ShowService("services", name);
        }

        if (_names.CountBy(name => name).FirstOrDefault(counted => counted.Value > 1).Key is { } twice)
        {
            throw settings.Error("services", $"'services' lists '{twice}' twice");
        }
    }

    /// <summary>The services as they are now. One that the map in force no longer has is disabled.</summary>
    public IReadOnlyList<ServedService> Now()
    {
        var all = _view.Services();
        if (_names is [])
        {
            return [.. all.Where(service => service.State != "disabled" && !OnlyShow.Contains(service.Handler))];
        }

        var byName = all.ToDictionary(service => service.Name);
        return [.. _names.Select(name => byName.GetValueOrDefault(name) ?? new ServedService(name, null, "disabled", 0, null, null))];
    }
}
