namespace NetSuperd.Builtins.Tests;

/// <summary>A server with services in states that the test says.</summary>
internal sealed class FakeView(params IEnumerable<ServedService> services) : IServerView
{
    public IReadOnlyList<ServedSocket> Sockets() => [];

    public IReadOnlyList<ServedService> Services() => [.. services];

    /// <summary>A service, its state, and how many of how many places are free.</summary>
    public static ServedService Service(string name, string state, long? free = null, long? places = null) =>
        new(name, "echo", state, 0, places, free);
}
