using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>A client that sends datagrams to one address, and hears what comes from exactly there.</summary>
public sealed class DatagramPeer : IDisposable
{
    private const int MostBytes = 65_536;

    private readonly Socket _socket;

    private DatagramPeer(Socket socket) => _socket = socket;

    /// <summary>Its own address.</summary>
    public string Name => _socket.LocalEndPoint!.ToString()!;

    /// <summary>Whether an answer is there that has not been read.</summary>
    public bool HasAnswer => _socket.Available > 0;

    /// <summary>A client of a UDP port.</summary>
    /// <param name="port">The port.</param>
    /// <param name="to">The address.</param>
    /// <param name="from">Its own address; null: the system's choice.</param>
    public static DatagramPeer Of(int port, string to = "127.0.0.1", string? from = null)
    {
        var address = IPAddress.Parse(to);
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        if (from is not null)
        {
            socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        }

        socket.Connect(address, port);
        return new DatagramPeer(socket);
    }

    /// <summary>A client of a unix socket, with a name of its own to be answered by.</summary>
    public static DatagramPeer OfUnix(string path, string own)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { SendBufferSize = 1 << 20 };
        socket.Bind(new UnixDomainSocketEndPoint(own));
        socket.Connect(new UnixDomainSocketEndPoint(path));
        return new DatagramPeer(socket);
    }

    /// <summary>Sends a datagram.</summary>
    public void Send(byte[] data) => Assert.Equal(data.Length, _socket.Send(data));

    /// <summary>Waits for a datagram.</summary>
    public async Task<byte[]> HearAsync()
    {
        var buffer = new byte[MostBytes];
        using var deadline = new CancellationTokenSource(Deadline.Default);
        return buffer[..await _socket.ReceiveAsync(buffer, SocketFlags.None, deadline.Token)];
    }

    /// <summary>Sends a datagram and waits for one.</summary>
    public Task<byte[]> AskAsync(byte[] data)
    {
        Send(data);
        return HearAsync();
    }

    /// <inheritdoc cref="AskAsync(byte[])"/>
    public async Task<string> AskAsync(string word) => Encoding.ASCII.GetString(await AskAsync(Encoding.ASCII.GetBytes(word)));

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
