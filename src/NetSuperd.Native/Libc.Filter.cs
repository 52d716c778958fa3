using System.Runtime.InteropServices;

namespace NetSuperd.Native;

// linux/filter.h
internal static unsafe partial class Libc
{
    public const int BPF_LD = 0;
    public const int BPF_LDX = 1;
    public const int BPF_ALU = 4;
    public const int BPF_JMP = 5;
    public const int BPF_RET = 6;
    public const int BPF_W = 0;
    public const int BPF_B = 0x10;
    public const int BPF_JA = 0;
    public const int BPF_JEQ = 0x10;
    public const int BPF_JGT = 0x20;
    public const int BPF_JGE = 0x30;
    public const int BPF_ABS = 0x20;
    public const int BPF_IND = 0x40;
    public const int BPF_MSH = 0xa0;
    public const int BPF_AND = 0x50;

    /// <summary>struct sock_filter of linux/filter.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct FilterInstruction(int code, uint k, byte jt = 0, byte jf = 0)
    {
        public ushort code = (ushort)code;
        public byte jt = jt;
        public byte jf = jf;
        public uint k = k;
    }

    /// <summary>struct sock_fprog of linux/filter.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct FilterProgram
    {
        public ushort len;
        public FilterInstruction* filter;
    }
}
