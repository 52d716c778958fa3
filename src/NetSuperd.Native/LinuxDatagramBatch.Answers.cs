using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <content>The answers.</content>
public sealed unsafe partial class LinuxDatagramBatch
{
    // The datagram that each answer is for.
    private readonly int[] _requests = new int[Most];
    private int _waiting;
    private int _used;

    /// <inheritdoc/>
    public override bool TryAnswer(int index, ReadOnlySpan<byte> data)
    {
        ref readonly var request = ref _received[index].msg_hdr;
        if (request.msg_namelen <= sizeof(ushort))
        {
            return false;
        }

        if (_waiting == Most || data.Length > AnswerRoom - _used)
        {
            Send();
        }

        var target = _answerData + _used;
        data.CopyTo(new Span<byte>(target, AnswerRoom - _used));
        _answerParts[_waiting] = new Libc.Part { iov_base = target, iov_len = data.Length };
        _answers[_waiting].msg_hdr = new Libc.MessageHeader
        {
            msg_name = request.msg_name,
            msg_namelen = LengthOfName(index),
            msg_iov = _answerParts + _waiting,
            msg_iovlen = 1,
            msg_control = _answerControls + (_waiting * SourceRoom),
            msg_controllen = WriteSource(index, (Libc.ControlHeader*)(_answerControls + (_waiting * SourceRoom))),
        };
        _requests[_waiting] = index;
        _waiting++;
        _used += data.Length;
        return true;
    }

    /// <inheritdoc/>
    public override DatagramReturn? ReturnOf(int index)
    {
        var name = SenderName(index);
        var control = stackalloc byte[SourceRoom];
        return name.IsEmpty ? null : new LinuxDatagramReturn(
            name.ToArray(), new ReadOnlySpan<byte>(control, (int)WriteSource(index, (Libc.ControlHeader*)control)).ToArray());
    }

    /// <inheritdoc/>
    public override void Send()
    {
        var first = 0;
        var isSecondTry = false;
        while (first < _waiting)
        {
            var sent = Libc.sendmmsg(_socket!, _answers + first, (uint)(_waiting - first), Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL);
            if (sent > 0)
            {
                (first, Sent, isSecondTry) = (first + sent, Sent + sent, false);
            }
            else if ((Errno)Marshal.GetLastPInvokeError() is not Errno.EINTR and var failure)
            {
                // The error may be that of an earlier answer, which the system could not report before.
                isSecondTry = !isSecondTry && failure != Errno.EAGAIN;
                if (isSecondTry)
                {
                    continue;
                }

                if (failure == Errno.EACCES)
                {
                    Forbidden.Add(_requests[first]);
                }

                (first, Unsent) = (first + 1, Unsent + 1);
            }
        }

        (_waiting, _used) = (0, 0);
    }

    /// <summary>
    /// Writes the source address of an answer: the address that the datagram was sent to, or this host's where that is a multicast group,
    /// from which nothing can be sent.
    /// </summary>
    /// <returns>The length; 0 where the system is to choose the address.</returns>
    private nint WriteSource(int index, Libc.ControlHeader* target)
    {
        var header = SentTo(index);
        if (header is null)
        {
            return 0;
        }

        Buffer.MemoryCopy(header, target, SourceRoom, header->cmsg_len);
        if (target->cmsg_level == Libc.IPPROTO_IP)
        {
            var from = (Libc.PacketInfo*)(target + 1);
            if (from->ipi_spec_dst == 0 && IsForMany(BinaryPrimitives.ReverseEndianness(from->ipi_addr)))
            {
                return 0;
            }

            (from->ipi_ifindex, from->ipi_spec_dst) = (0, from->ipi_spec_dst == 0 ? from->ipi_addr : from->ipi_spec_dst);
        }
        else
        {
            // fe80::/10 (RFC 4291, 2.5.6).
            var info = (Libc.PacketInfo6*)(target + 1);
            if (info->ipi6_addr[0] == 0xFF)
            {
                return 0;
            }

            var isLinkLocal = info->ipi6_addr[0] == 0xFE && (info->ipi6_addr[1] & 0xC0) == 0x80;
            info->ipi6_ifindex = isLinkLocal ? info->ipi6_ifindex : 0;
        }

        return SpaceOf(header);
    }
}
