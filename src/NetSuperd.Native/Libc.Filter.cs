using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

// linux/filter.h
internal static unsafe partial class Libc
{
    /// <summary>struct sock_fprog of linux/filter.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct FilterProgram
    {
        public ushort len;
        public FilterInstruction* filter;
    }
}
