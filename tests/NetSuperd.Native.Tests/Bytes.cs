using System.Runtime.InteropServices;

namespace NetSuperd.Native.Tests;

/// <summary>Bytes into a descriptor.</summary>
internal static class Bytes
{
    public static unsafe void Write(SafeHandle descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            Assert.Equal(bytes.Length, (int)Libc.write(descriptor, start, bytes.Length));
        }
    }
}
