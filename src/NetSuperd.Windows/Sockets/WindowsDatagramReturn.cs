using System.Net;
using System.Runtime.InteropServices;
using NetSuperd.Platform;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Sockets;

/// <summary>The way back to the sender of a datagram of Windows: its address, and a control message.</summary>
public sealed unsafe class WindowsDatagramReturn : DatagramReturn
{
    private readonly byte[] _name;
    private readonly byte[] _source;

    /// <param name="name">The address of the sender, in the format of Winsock.</param>
    /// <param name="source">The control message with the address of the answer; empty: the system chooses it.</param>
    internal WindowsDatagramReturn(byte[] name, byte[] source) => (_name, _source) = (name, source);

    /// <inheritdoc/>
    public override EndPoint? Remote => SocketName.EndPoint(_name);

    /// <inheritdoc/>
    public override Errno? Send(SafeHandle socket, ReadOnlySpan<byte> data)
    {
        fixed (byte* name = _name, source = _source, bytes = data)
        {
            return Send(socket, name, _name.Length, bytes, data.Length, source, (uint)_source.Length);
        }
    }

    /// <summary>Sends a datagram (WSASendMsg), a second time where the first call reports what an earlier datagram has caused.</summary>
    internal static Errno? Send(SafeHandle socket, byte* name, int nameLength, byte* data, int length, byte* source, uint sourceLength)
    {
        var part = new Ws2.Part { len = (uint)length, buf = data };
        var message = new Ws2.Message
        {
            name = name,
            namelen = nameLength,
            lpBuffers = &part,
            dwBufferCount = 1,
            Control = new Ws2.Part { len = sourceLength, buf = sourceLength > 0 ? source : null },
        };
        for (var isSecond = false; ; isSecond = true)
        {
            uint sent;
            if (Ws2.WSASendMsg(socket, &message, 0, &sent, null, null) == 0)
            {
                return null;
            }

            var failure = Ws2.LastErrno();
            if (isSecond || failure == Errno.EAGAIN)
            {
                return failure;
            }
        }
    }
}
