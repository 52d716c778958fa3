namespace NetSuperd.Native;

// elf.h
internal static partial class Libc
{
    public const int EI_CLASS = 4;
    public const int EI_DATA = 5;
    public const byte ELFCLASS32 = 1;
    public const byte ELFCLASS64 = 2;
    public const byte ELFDATA2LSB = 1;
    public const ushort EM_386 = 3;
    public const ushort EM_ARM = 40;
    public const ushort EM_X86_64 = 62;
    public const ushort EM_AARCH64 = 183;
    public const int PT_INTERP = 3;
}
