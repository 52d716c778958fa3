using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>The beginning of an executable file, from which the system learns which other program has to run it, execve(2).</summary>
/// <param name="Kind">What kind of program it is.</param>
/// <param name="Interpreter">The path of the program that runs it; null where there is none.</param>
/// <param name="Argument">What the first line of a script gives its interpreter as the first argument.</param>
public sealed record ProgramHead(ProgramKind Kind, string? Interpreter, string Argument = "")
{
    // Of Elf64_Ehdr, Elf64_Phdr and Elf32_Phdr; a test compares.
    private const int ElfHeader = 64;
    private const int Program64 = 56;
    private const int Program32 = 32;
    private const int OffsetOfMachine = 18;
    private const int OffsetOfTable64 = 32;
    private const int OffsetOfTable32 = 28;
    private const int OffsetOfCount64 = 56;
    private const int OffsetOfCount32 = 44;
    private const int OffsetOfSegment64 = 8;
    private const int OffsetOfSegment32 = 4;

    private static ReadOnlySpan<byte> Elf => [0x7f, (byte)'E', (byte)'L', (byte)'F'];

    /// <summary>Reads it; null where it is no regular file, or where this process may not.</summary>
    /// <param name="path">Its path.</param>
    public static ProgramHead? Read(string path)
    {
        // The checked object itself is opened: opening a FIFO in its place would block for ever.
        using var held = RootedPath.Open("/", path);
        if (held is null || FileStatus.Of(held.Path) is not { Type: FileType.Regular })
        {
            return null;
        }

        try
        {
            using var file = File.OpenHandle(held.Path);
            var head = new byte[Libc.BINPRM_BUF_SIZE];
            var read = head.AsSpan(0, RandomAccess.Read(file, head, 0));
            return read.StartsWith("#!"u8) ? OfScript(read)
                : !read.StartsWith(Elf) || read.Length < ElfHeader ? new ProgramHead(ProgramKind.Other, null)
                : IsOfThisMachine(read) ? new ProgramHead(ProgramKind.Elf, Loader(file, read))
                : new ProgramHead(ProgramKind.Foreign, null);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static ProgramHead OfScript(ReadOnlySpan<byte> head)
    {
        var end = head.IndexOf((byte)'\n');
        var line = head[2..(end < 0 ? head.Length : end)].Trim(" \t"u8);
        var blank = line.IndexOfAny((byte)' ', (byte)'\t');
        return new ProgramHead(
            ProgramKind.Script,
            Encoding.UTF8.GetString(blank < 0 ? line : line[..blank]),
            blank < 0 ? "" : Encoding.UTF8.GetString(line[blank..].Trim(" \t"u8)));
    }

    /// <summary>
    /// Whether an ELF file is for the processor that this process runs on, or for its 32-bit mode; by its class and machine, elf(5).
    /// </summary>
    private static bool IsOfThisMachine(ReadOnlySpan<byte> head)
    {
        var machine = BinaryPrimitives.ReadUInt16LittleEndian(head[OffsetOfMachine..]);
        return RuntimeInformation.OSArchitecture switch
        {
            // x32 has the machine of 64 bits and the class of 32.
            Architecture.X64 => (head[Libc.EI_CLASS], machine)
                is (Libc.ELFCLASS64 or Libc.ELFCLASS32, Libc.EM_X86_64) or (Libc.ELFCLASS32, Libc.EM_386),
            Architecture.Arm64 => (head[Libc.EI_CLASS], machine) is (Libc.ELFCLASS64, Libc.EM_AARCH64) or (Libc.ELFCLASS32, Libc.EM_ARM),
            _ => true,
        };
    }

    /// <summary>The dynamic loader that an ELF file names, elf(5); null where it names none or is damaged.</summary>
    private static string? Loader(Microsoft.Win32.SafeHandles.SafeFileHandle file, ReadOnlySpan<byte> head)
    {
        if (head[Libc.EI_DATA] != Libc.ELFDATA2LSB)
        {
            return null;
        }

        var is64 = head[Libc.EI_CLASS] == Libc.ELFCLASS64;
        var offset = is64
            ? (long)BinaryPrimitives.ReadUInt64LittleEndian(head[OffsetOfTable64..])
            : BinaryPrimitives.ReadUInt32LittleEndian(head[OffsetOfTable32..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(head[(is64 ? OffsetOfCount64 : OffsetOfCount32)..]);
        var entry = new byte[is64 ? Program64 : Program32];
        for (var i = 0; i < count && offset >= 0; i++, offset += entry.Length)
        {
            if (RandomAccess.Read(file, entry, offset) < entry.Length)
            {
                return null;
            }

            if (BinaryPrimitives.ReadInt32LittleEndian(entry) == Libc.PT_INTERP)
            {
                var at = is64
                    ? (long)BinaryPrimitives.ReadUInt64LittleEndian(entry.AsSpan(OffsetOfSegment64))
                    : BinaryPrimitives.ReadUInt32LittleEndian(entry.AsSpan(OffsetOfSegment32));
                var name = new byte[Libc.BINPRM_BUF_SIZE];
                var length = at < 0 ? 0 : RandomAccess.Read(file, name, at);
                var end = name.AsSpan(0, length).IndexOf((byte)0);
                return end > 0 && name[0] == '/' ? Encoding.UTF8.GetString(name, 0, end) : null;
            }
        }

        return null;
    }
}

/// <summary>How the system executes a file.</summary>
public enum ProgramKind
{
    /// <summary>By itself or by its loader.</summary>
    Elf,

    /// <summary>By the interpreter that its first line names.</summary>
    Script,

    /// <summary>The system does not run it, unless binfmt_misc(5) has an entry for it: an ELF file for another processor.</summary>
    Foreign,

    /// <summary>The system does not run it, unless binfmt_misc(5) has an entry for it.</summary>
    Other,
}
