using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace NetSuperd.Platform.Tests;

/// <summary>One datagram at a time; an answer leaves from the address that the route prefers.</summary>
internal sealed class PlainBatch : DatagramBatch
{
    private readonly byte[] _data = new byte[65_536];
    private readonly List<byte[]> _answers = [];
    private Socket? _socket;
    private IPEndPoint _remote = new(IPAddress.Any, 0);
    private byte[] _name = [];
    private IPAddress? _local;
    private int _length;

    public override Errno? Receive(SafeHandle socket, bool isUnix)
    {
        _socket = PlainError.SocketOf(socket);
        Count = 0;
        try
        {
            EndPoint remote = new IPEndPoint(_socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
            var flags = SocketFlags.None;
            _length = _socket.ReceiveMessageFrom(_data, ref flags, ref remote, out var packet);
            (_remote, _local) = ((IPEndPoint)remote, packet.Address);
            var name = remote.Serialize();
            _name = name.Buffer[..name.Size].ToArray();
            Count = 1;
            return null;
        }
        catch (SocketException failure)
        {
            var errno = PlainError.Errno(failure.SocketErrorCode);
            return errno == Errno.EAGAIN ? null : errno;
        }
    }

    public override ReadOnlySpan<byte> Data(int index) => _data.AsSpan(0, _length);

    public override bool IsTruncated(int index) => false;

    public override DatagramArrival Arrival(int index) => new(
        _remote.AddressFamily, Number(_remote.Address), _remote.Port, Number(_local!), 0, IsForMany: false);

    public override EndPoint? Remote(int index) => _remote;

    public override ReadOnlySpan<byte> SenderName(int index) => _name;

    public override IPAddress? Local(int index) => _local;

    public override ReadOnlySpan<byte> LocalBytes(int index) => _local!.GetAddressBytes();

    public override bool TryAnswer(int index, ReadOnlySpan<byte> data)
    {
        _answers.Add(data.ToArray());
        return true;
    }

    public override DatagramReturn? ReturnOf(int index) => new PlainReturn(_remote);

    public override void Send()
    {
        foreach (var answer in _answers)
        {
            _socket!.SendTo(answer, _remote);
            Sent++;
        }

        _answers.Clear();
    }

    public override void Dispose()
    {
        // It has no descriptor of its own.
    }

    private static UInt128 Number(IPAddress address)
    {
        UInt128 number = 0;
        foreach (var one in address.GetAddressBytes())
        {
            number = (number << 8) | one;
        }

        return number;
    }
}

/// <summary>The way back to the sender of a datagram.</summary>
internal sealed class PlainReturn(IPEndPoint remote) : DatagramReturn
{
    public override EndPoint? Remote => remote;

    public override Errno? Send(SafeHandle socket, ReadOnlySpan<byte> data)
    {
        PlainError.SocketOf(socket).SendTo(data, remote);
        return null;
    }
}
