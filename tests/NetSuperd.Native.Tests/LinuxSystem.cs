using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Systems;

namespace NetSuperd.Native.Tests;

/// <summary>What Linux does below the engine.</summary>
public sealed class LinuxSystem : ITestedSystem
{
    /// <summary>The one that all tests use.</summary>
    public static LinuxSystem Instance { get; } = new();

    /// <inheritdoc/>
    public Readiness CreateReadiness() => new Epoll();

    /// <inheritdoc/>
    public DatagramBatch CreateBatch() => new LinuxDatagramBatch();

    /// <inheritdoc/>
    public Socket Bind(IPAddress address, SocketType type)
    {
        var socket = new Socket(address.AddressFamily, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            socket.DualMode = false;
        }

        socket.Bind(new IPEndPoint(address, 0));
        if (type == SocketType.Dgram)
        {
            LinuxDatagramBatch.Prepare(socket);
        }

        return socket;
    }

    /// <inheritdoc/>
    public StreamSocket? Accept(Socket listener) => StreamListener.Accept(listener);
}

/// <summary>Waiting with epoll(7).</summary>
public sealed class EpollReadinessTests() : ReadinessSystemTests(LinuxSystem.Instance);

/// <summary>The loop of the engine over epoll(7).</summary>
public sealed class EpollLoopTests() : EventLoopSystemTests(LinuxSystem.Instance);
