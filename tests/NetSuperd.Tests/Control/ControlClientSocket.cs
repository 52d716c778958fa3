using System.Net.Sockets;
using System.Text;

namespace NetSuperd.Tests.Control;

/// <summary>A client of the control socket that does what the test says, and not what the protocol does.</summary>
internal sealed class ControlClientSocket : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _limit = new(Patience);

    private ControlClientSocket(Socket socket) => Socket = socket;

    public Socket Socket { get; }

    public static ControlClientSocket Connect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        return new ControlClientSocket(socket);
    }

    /// <summary>Sends; a server that has closed is no failure.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await Socket.SendAsync(bytes, SocketFlags.None, _limit.Token)..];
            }
        }
        catch (SocketException)
        {
            return;
        }
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>What the server sends until it closes, or resets because something was left unread.</summary>
    public async Task<string> ReceiveToEndAsync()
    {
        var received = new MemoryStream();
        var buffer = new byte[64 * 1024];
        try
        {
            int count;
            while ((count = await Socket.ReceiveAsync(buffer, SocketFlags.None, _limit.Token)) > 0)
            {
                received.Write(buffer, 0, count);
            }
        }
        catch (SocketException)
        {
            return Encoding.UTF8.GetString(received.ToArray());
        }

        return Encoding.UTF8.GetString(received.ToArray());
    }

    /// <summary>One line, its end included.</summary>
    public async Task<string> ReceiveLineAsync()
    {
        var text = new StringBuilder();
        var buffer = new byte[1];
        while (!text.ToString().EndsWith('\n') && await Socket.ReceiveAsync(buffer, SocketFlags.None, _limit.Token) > 0)
        {
            text.Append((char)buffer[0]);
        }

        return text.ToString();
    }

    public void Dispose()
    {
        Socket.Dispose();
        _limit.Dispose();
    }
}
