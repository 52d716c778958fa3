using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>A client of a stream socket. Every call has a deadline.</summary>
public sealed class TcpPeer : IDisposable
{
    private readonly Socket _socket;

    private TcpPeer(Socket socket, EndPoint server)
    {
        _socket = socket;
        Name = $"{socket.LocalEndPoint}";
        Server = $"{server}";
    }

    /// <summary>The socket, for what only one test needs.</summary>
    public Socket Socket => _socket;

    /// <summary>The client's own end, as the log names it.</summary>
    public string Name { get; }

    /// <summary>The server's end, as the log names it.</summary>
    public string Server { get; }

    /// <summary>Connects to a port of this host.</summary>
    /// <param name="port">The port.</param>
    /// <param name="address">The server's address.</param>
    /// <param name="from">The client's own address, where it matters.</param>
    public static Task<TcpPeer> ConnectAsync(int port, string address = "127.0.0.1", string? from = null) =>
        ConnectAsync(new IPEndPoint(IPAddress.Parse(address), port), SocketType.Stream, from);

    /// <summary>Connects to a unix socket: a path, or <c>@name</c>.</summary>
    public static Task<TcpPeer> ConnectUnixAsync(string path, SocketType type = SocketType.Stream) =>
        ConnectAsync(new UnixDomainSocketEndPoint(path.StartsWith('@') ? "\0" + path[1..] : path), type);

    /// <summary>Accepts a client: the test is the server, and the peer what a daemon connects to.</summary>
    public static async Task<TcpPeer> AcceptAsync(Socket listener)
    {
        using var deadline = new CancellationTokenSource(Deadline.Default);
        return new TcpPeer(await listener.AcceptAsync(deadline.Token), listener.LocalEndPoint!);
    }

    /// <summary>Sends all of it, unless the server has closed the connection before: what it answered tells that.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using var deadline = new CancellationTokenSource(Deadline.Default);
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None, deadline.Token)..];
            }
        }
        catch (SocketException closed) when (closed.SocketErrorCode == SocketError.Shutdown)
        {
            // EPIPE: the close of a unix socket is known at once, that of TCP only after its first answer.
        }
    }

    /// <inheritdoc cref="SendAsync(ReadOnlyMemory{byte})"/>
    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Ends the own transmission.</summary>
    public void Finish() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Receives once; 0 bytes at the end of transmission.</summary>
    public async Task<int> ReceiveAsync(Memory<byte> buffer)
    {
        using var deadline = new CancellationTokenSource(Deadline.Default);
        return await _socket.ReceiveAsync(buffer, SocketFlags.None, deadline.Token);
    }

    /// <summary>Receives exactly so many bytes.</summary>
    public async Task<byte[]> ReceiveAsync(int count)
    {
        var bytes = new byte[count];
        for (var filled = 0; filled < count;)
        {
            var more = await ReceiveAsync(bytes.AsMemory(filled));
            Assert.True(more > 0, $"end of transmission after {filled} of {count} bytes");
            filled += more;
        }

        return bytes;
    }

    /// <summary>Receives until the server ends its transmission.</summary>
    public async Task<byte[]> ReceiveToEndAsync()
    {
        using var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int count;
        while ((count = await ReceiveAsync(buffer)) > 0)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    /// <summary>Receives until the server ends its transmission, as text.</summary>
    public async Task<string> ReadToEndAsync() => Encoding.UTF8.GetString(await ReceiveToEndAsync());

    /// <summary>Sends all of it, ends the own transmission and receives what comes back, both at once.</summary>
    public async Task<byte[]> ExchangeAsync(ReadOnlyMemory<byte> bytes)
    {
        var receiving = ReceiveToEndAsync();
        await SendAsync(bytes);
        Finish();
        return await receiving;
    }

    /// <inheritdoc cref="ExchangeAsync(ReadOnlyMemory{byte})"/>
    public async Task<string> ExchangeAsync(string text) => Encoding.UTF8.GetString(await ExchangeAsync(Encoding.UTF8.GetBytes(text)));

    /// <summary>Sends a word and receives as much; the connection stays open.</summary>
    public async Task<string> TalkAsync(string word)
    {
        await SendAsync(word);
        return Encoding.UTF8.GetString(await ReceiveAsync(Encoding.UTF8.GetByteCount(word)));
    }

    /// <summary>Ends the connection at once, with RST.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private static async Task<TcpPeer> ConnectAsync(EndPoint server, SocketType type, string? from = null)
    {
        var socket = new Socket(server.AddressFamily, type, server is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        try
        {
            if (from is not null)
            {
                socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
            }

            using var deadline = new CancellationTokenSource(Deadline.Default);
            await socket.ConnectAsync(server, deadline.Token);
            return new TcpPeer(socket, server);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
