using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>The address of a socket of vsock(7).</summary>
/// <param name="Cid">The context: the number of a virtual machine, or of its host.</param>
/// <param name="Port">The port.</param>
public readonly record struct VsockAddress(uint Cid, uint Port)
{
    /// <summary>Every context of this host (VMADDR_CID_ANY).</summary>
    public const uint EveryCid = Libc.VMADDR_CID_ANY;

    /// <summary>The context of this host for itself, as 127.0.0.1 is for IPv4 (VMADDR_CID_LOCAL).</summary>
    public const uint LocalCid = Libc.VMADDR_CID_LOCAL;

    /// <summary>The highest port: the next number means any free one (VMADDR_PORT_ANY).</summary>
    public const uint MostPort = Libc.VMADDR_PORT_ANY - 1;

    /// <summary>The first port that needs no capability (LAST_RESERVED_PORT in net/vmw_vsock/af_vsock.c); no setting changes it.</summary>
    public const uint FirstFreePort = 1024;

    /// <summary>The socket's own end; null where it is not bound, or of another family.</summary>
    public static unsafe VsockAddress? LocalOf(SafeHandle socket)
    {
        var address = stackalloc byte[Libc.SizeOfAnyAddress];
        var length = (uint)Libc.SizeOfAnyAddress;
        return Libc.getsockname(socket, address, &length) == 0 ? Read(new ReadOnlySpan<byte>(address, (int)length)) : null;
    }

    /// <summary>The client's end; null where the client has gone already, or the socket is of another family.</summary>
    public static unsafe VsockAddress? PeerOf(SafeHandle socket)
    {
        var address = stackalloc byte[Libc.SizeOfAnyAddress];
        var length = (uint)Libc.SizeOfAnyAddress;
        return Libc.getpeername(socket, address, &length) == 0 ? Read(new ReadOnlySpan<byte>(address, (int)length)) : null;
    }

    /// <summary>Reads struct sockaddr_vm; null where it is of another family, or has no port yet.</summary>
    internal static VsockAddress? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Libc.SizeOfVsockAddress || MemoryMarshal.Read<ushort>(bytes) != Libc.AF_VSOCK)
        {
            return null;
        }

        var address = new VsockAddress(
            MemoryMarshal.Read<uint>(bytes[Libc.OffsetOfVsockCid..]), MemoryMarshal.Read<uint>(bytes[Libc.OffsetOfVsockPort..]));
        return address.Port == Libc.VMADDR_PORT_ANY ? null : address;
    }

    /// <summary>Writes struct sockaddr_vm; <see cref="Libc.SizeOfVsockAddress"/> bytes.</summary>
    internal void Write(Span<byte> bytes)
    {
        bytes.Clear();
        MemoryMarshal.Write(bytes, (ushort)Libc.AF_VSOCK);
        MemoryMarshal.Write(bytes[Libc.OffsetOfVsockPort..], Port);
        MemoryMarshal.Write(bytes[Libc.OffsetOfVsockCid..], Cid);
    }
}
