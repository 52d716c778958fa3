using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>The value of an option of a socket (getsockopt(2)).</summary>
internal static class SocketValue
{
    /// <summary>Reads one.</summary>
    /// <returns>Its length; negative where the socket does not have the option, or not now, or is closed.</returns>
    public static unsafe int Read(SafeHandle socket, int level, int option, Span<byte> room)
    {
        try
        {
            var length = (uint)room.Length;
            fixed (byte* value = room)
            {
                return Libc.getsockopt(socket, level, option, value, &length) == 0 ? (int)length : -1;
            }
        }
        catch (ObjectDisposedException)
        {
            return -1;
        }
    }
}
