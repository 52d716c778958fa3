using System.Runtime.InteropServices;

namespace NetSuperd.Platform;

/// <summary>An instruction of the classic Berkeley packet filter: struct sock_filter of linux/filter.h.</summary>
/// <param name="code">The operation, of the constants here.</param>
/// <param name="k">Its operand.</param>
/// <param name="jt">How many instructions to pass over where a comparison is true.</param>
/// <param name="jf">How many where it is false.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly struct FilterInstruction(int code, uint k, byte jt = 0, byte jf = 0)
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

    internal readonly ushort code = (ushort)code;
    internal readonly byte jt = jt;
    internal readonly byte jf = jf;
    internal readonly uint k = k;
}
