using System.Net;
using System.Net.Sockets;

namespace NetSuperd.FunctionalTests.Example;

/// <summary>A server that does to its one client what the test says, and then closes.</summary>
internal sealed class ScriptedServer : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ScriptedServer(Func<Socket, Task> script)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        Done = ServeAsync(script);
    }

    /// <summary>The port.</summary>
    public int Port { get; }

    /// <summary>The end of the script.</summary>
    public Task Done { get; }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync(Func<Socket, Task> script)
    {
        using var client = await _listener.AcceptAsync();
        await script(client);
    }
}
