using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Systems;
using NetSuperd.Windows.Sockets;

namespace NetSuperd.Windows.Tests;

/// <summary>What Windows does below the engine.</summary>
public sealed class WindowsSystem : ITestedSystem
{
    /// <summary>The one that all tests use.</summary>
    public static WindowsSystem Instance { get; } = new();

    /// <inheritdoc/>
    public Readiness CreateReadiness() => new WindowsReadiness();

    /// <inheritdoc/>
    public DatagramBatch CreateBatch() => new WindowsDatagramBatch();

    /// <inheritdoc/>
    public Socket Bind(IPAddress address, SocketType type) =>
        WindowsListener.Bind(new IPEndPoint(address, 0), type, new WindowsListenOptions());

    /// <inheritdoc/>
    public StreamSocket? Accept(Socket listener) =>
        WindowsStreamSocket.Accept(listener.SafeHandle, listener.AddressFamily, out _);
}

/// <summary>The loop of the engine over a completion port.</summary>
public sealed class WindowsLoopTests() : EventLoopSystemTests(WindowsSystem.Instance)
{
    public override void Dispose()
    {
        base.Dispose();
        Assert.Equal(0, ((WindowsReadiness)Set).Pending.Value);
        GC.SuppressFinalize(this);
    }
}
