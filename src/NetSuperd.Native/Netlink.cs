using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>One question to the kernel about its sockets, and the answer (netlink(7), sock_diag(7)).</summary>
internal static class Netlink
{

    // The kernel writes a list in pieces of at most 32 KiB (netlink_recvmsg in net/netlink/af_netlink.c).
    private const int BufferSize = 32 * 1024;

    // A longer list, of some hundred thousand sockets, is not read to its end.
    private const int MaxBytes = 16 * 1024 * 1024;

    // The kernel answers within the call, so this time is for the unexpected.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Takes a message of the answer, without its header.</summary>
    public delegate void Reader(ReadOnlySpan<byte> message);

    /// <summary>Asks, and passes every message of the answer on.</summary>
    /// <param name="type">What is asked.</param>
    /// <param name="isList">Whether the answer is a list.</param>
    /// <param name="request">The request without its header.</param>
    /// <param name="read">Takes the messages.</param>
    /// <returns>Null when it was answered to the end; else why not.</returns>
    public static unsafe Errno? Ask<T>(int type, bool isList, in T request, Reader read)
        where T : unmanaged
    {
        var fd = Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, Libc.NETLINK_SOCK_DIAG);
        if (fd < 0)
        {
            return LastError();
        }

        using var socket = new Descriptor(fd);
        var patience = new Libc.TimeValue { tv_sec = (long)Patience.TotalSeconds };
        _ = Libc.setsockopt(socket, Libc.SOL_SOCKET, Libc.SO_RCVTIMEO, &patience, (uint)sizeof(Libc.TimeValue));

        Span<byte> message = stackalloc byte[sizeof(Libc.NetlinkHeader) + sizeof(T)];
        MemoryMarshal.Write(message, new Libc.NetlinkHeader
        {
            nlmsg_len = (uint)message.Length,
            nlmsg_type = (ushort)type,
            nlmsg_flags = (ushort)(Libc.NLM_F_REQUEST | (isList ? Libc.NLM_F_DUMP : Libc.NLM_F_ACK)),
        });
        MemoryMarshal.Write(message[sizeof(Libc.NetlinkHeader)..], in request);
        fixed (byte* start = message)
        {
            if (Libc.send(socket, start, message.Length, 0) < 0)
            {
                return LastError();
            }
        }

        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            return ReadAll(socket, buffer, read);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>An attribute among those that follow the fixed part of a message; empty when it is not there.</summary>
    public static unsafe ReadOnlySpan<byte> Attribute(ReadOnlySpan<byte> attributes, int type)
    {
        while (attributes.Length >= sizeof(Libc.NetlinkAttribute))
        {
            var header = MemoryMarshal.Read<Libc.NetlinkAttribute>(attributes);
            if (header.nla_len < sizeof(Libc.NetlinkAttribute) || header.nla_len > attributes.Length)
            {
                break;
            }

            if (header.nla_type == type)
            {
                return attributes[sizeof(Libc.NetlinkAttribute)..header.nla_len];
            }

            attributes = attributes[Math.Min(Aligned(header.nla_len), attributes.Length)..];
        }

        return [];
    }

    private static unsafe Errno? ReadAll(Descriptor socket, byte[] buffer, Reader read)
    {
        var began = Stopwatch.GetTimestamp();
        for (var total = 0; total < MaxBytes && Stopwatch.GetElapsedTime(began) < Patience;)
        {
            nint count;
            fixed (byte* start = buffer)
            {
                count = Libc.recv(socket, start, buffer.Length, Libc.MSG_TRUNC);
            }

            if (count <= 0 || count > buffer.Length)
            {
                switch (count < 0 ? LastError() : Errno.EMSGSIZE)
                {
                    case Errno.EINTR:
                        continue;
                    case Errno.EAGAIN:
                        return Errno.ETIMEDOUT;
                    case var failure:
                        return failure;
                }
            }

            total += (int)count;
            if (Read(buffer.AsSpan(0, (int)count), read, out var outcome))
            {
                return outcome;
            }
        }

        return Errno.ETIMEDOUT;
    }

    /// <summary>Reads what one receive brought.</summary>
    /// <returns>Whether the answer is at its end.</returns>
    private static unsafe bool Read(ReadOnlySpan<byte> messages, Reader read, out Errno? outcome)
    {
        outcome = null;
        while (messages.Length >= sizeof(Libc.NetlinkHeader))
        {
            var header = MemoryMarshal.Read<Libc.NetlinkHeader>(messages);
            if (header.nlmsg_len < sizeof(Libc.NetlinkHeader) || header.nlmsg_len > messages.Length)
            {
                outcome = Errno.EPROTO;
                return true;
            }

            var body = messages[sizeof(Libc.NetlinkHeader)..(int)header.nlmsg_len];
            if (header.nlmsg_type is Libc.NLMSG_ERROR or Libc.NLMSG_DONE)
            {
                // struct nlmsgerr, and the end of a list, begin with the negative error number; 0 is success.
                outcome = body.Length >= sizeof(int) && MemoryMarshal.Read<int>(body) is < 0 and var error ? (Errno)(-error) : null;
                return true;
            }

            read(body);
            messages = messages[Math.Min(Aligned((int)header.nlmsg_len), messages.Length)..];
        }

        return false;
    }

    private static int Aligned(int length) => (length + 3) & ~3;

    private static Errno LastError() => (Errno)Marshal.GetLastPInvokeError();
}
