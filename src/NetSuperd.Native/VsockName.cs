using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>The addresses of vsock(7) in the kernel's format, struct sockaddr_vm.</summary>
public static class VsockName
{
    extension(VsockAddress address)
    {
        /// <summary>The socket's own end; null where it is not bound, or of another family.</summary>
        public static unsafe VsockAddress? LocalOf(SafeHandle socket)
        {
            var name = stackalloc byte[Libc.SizeOfAnyAddress];
            var length = (uint)Libc.SizeOfAnyAddress;
            return Libc.getsockname(socket, name, &length) == 0 ? VsockAddress.Read(new ReadOnlySpan<byte>(name, (int)length)) : null;
        }

        /// <summary>The client's end; null where the client has gone already, or the socket is of another family.</summary>
        public static unsafe VsockAddress? PeerOf(SafeHandle socket)
        {
            var name = stackalloc byte[Libc.SizeOfAnyAddress];
            var length = (uint)Libc.SizeOfAnyAddress;
            return Libc.getpeername(socket, name, &length) == 0 ? VsockAddress.Read(new ReadOnlySpan<byte>(name, (int)length)) : null;
        }

        /// <summary>Reads struct sockaddr_vm; null where it is of another family, or has no port yet.</summary>
        internal static VsockAddress? Read(ReadOnlySpan<byte> bytes)
        {
            if (bytes.Length < Libc.SizeOfVsockAddress || MemoryMarshal.Read<ushort>(bytes) != Libc.AF_VSOCK)
            {
                return null;
            }

            var end = new VsockAddress(
                MemoryMarshal.Read<uint>(bytes[Libc.OffsetOfVsockCid..]), MemoryMarshal.Read<uint>(bytes[Libc.OffsetOfVsockPort..]));
            return end.Port == Libc.VMADDR_PORT_ANY ? null : end;
        }

        /// <summary>Writes struct sockaddr_vm; <see cref="Libc.SizeOfVsockAddress"/> bytes.</summary>
        internal void Write(Span<byte> bytes)
        {
            bytes.Clear();
            MemoryMarshal.Write(bytes, (ushort)Libc.AF_VSOCK);
            MemoryMarshal.Write(bytes[Libc.OffsetOfVsockPort..], address.Port);
            MemoryMarshal.Write(bytes[Libc.OffsetOfVsockCid..], address.Cid);
        }
    }
}
