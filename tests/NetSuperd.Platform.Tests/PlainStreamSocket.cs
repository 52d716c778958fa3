using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace NetSuperd.Platform.Tests;

/// <summary>A connection of .NET.</summary>
internal sealed class PlainStreamSocket : StreamSocket
{
    private readonly Socket _socket;
    private int _calls;

    public PlainStreamSocket(Socket socket)
        : base(socket.AddressFamily)
    {
        _socket = socket;
        socket.Blocking = false;
        SetHandle(socket.Handle);
    }

    /// <summary>How often it was received from or sent to.</summary>
    public int Calls => Volatile.Read(ref _calls);

    public override int Unsent => 0;

    public override bool HasHungUp => IsClosed;

    public override bool Has(ProtocolType protocol) => protocol == ProtocolType.Tcp;

    public override EndPoint? Peer() => _socket.RemoteEndPoint;

    public override EndPoint? Local() => _socket.LocalEndPoint;

    public override Transfer Receive(Span<byte> buffer) => Receive(buffer, SocketFlags.None);

    public override Transfer Peek(Span<byte> buffer) => Receive(buffer, SocketFlags.Peek);

    public override Transfer Send(ReadOnlySpan<byte> buffer)
    {
        try
        {
            Interlocked.Increment(ref _calls);
            return PlainError.Of(_socket.Send(buffer, SocketFlags.None, out var error), error);
        }
        catch (ObjectDisposedException)
        {
            return Transfer.Failed(Errno.EBADF);
        }
    }

    public override void EndSending()
    {
        if (!IsClosed)
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
    }

    public override void SendAtOnce() => _socket.NoDelay = true;

    public override Errno? TakeFailure() => null;

    public override TcpInfo? Status() => null;

    public override PeerCredentials? Credentials() => null;

    public override ImmutableArray<uint> PeerGroups() => default;

    public override void Reset() => Sever();

    public override void Sever()
    {
        if (!IsClosed)
        {
            _socket.LingerState = new LingerOption(true, 0);
            Dispose();
        }
    }

    public override void Finish() => Dispose();

    protected override bool ReleaseHandle()
    {
        _socket.Dispose();
        return true;
    }

    private Transfer Receive(Span<byte> buffer, SocketFlags flags)
    {
        try
        {
            if (buffer.IsEmpty)
            {
                return _socket.Poll(0, SelectMode.SelectRead) ? Transfer.Of(0) : Transfer.Failed(Errno.EAGAIN);
            }

            Interlocked.Increment(ref _calls);
            return PlainError.Of(_socket.Receive(buffer, flags, out var error), error);
        }
        catch (ObjectDisposedException)
        {
            return Transfer.Failed(Errno.EBADF);
        }
    }
}
