using System.Net;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>The way back to the sender of a datagram of Linux: struct sockaddr, and a control message.</summary>
public sealed unsafe class LinuxDatagramReturn : DatagramReturn
{
    private readonly byte[] _name;
    private readonly byte[] _source;

    /// <param name="name">The address of the sender, in the kernel's format.</param>
    /// <param name="source">The control message with the address of the answer; empty: the system chooses it.</param>
    internal LinuxDatagramReturn(byte[] name, byte[] source) => (_name, _source) = (name, source);

    /// <inheritdoc/>
    public override EndPoint? Remote => DatagramAddress.Of(_name);

    /// <inheritdoc/>
    public override Errno? Send(SafeHandle socket, ReadOnlySpan<byte> data)
    {
        var failure = TrySend(socket, data);

        // The error may be that of an earlier datagram, which the system could not report before.
        return failure is null or Errno.EAGAIN ? failure : TrySend(socket, data);
    }

    private Errno? TrySend(SafeHandle socket, ReadOnlySpan<byte> data)
    {
        fixed (byte* name = _name, source = _source, bytes = data)
        {
            var part = new Libc.Part { iov_base = bytes, iov_len = data.Length };
            var message = new Libc.MessageHeader
            {
                msg_name = name,
                msg_namelen = (uint)_name.Length,
                msg_iov = &part,
                msg_iovlen = 1,
                msg_control = source,
                msg_controllen = _source.Length,
            };
            return Libc.sendmsg(socket, &message, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL) >= 0
                ? null
                : (Errno)Marshal.GetLastPInvokeError();
        }
    }
}
