using System.Runtime.InteropServices;

namespace NetSuperd.Platform;

/// <summary>A program of the classic Berkeley packet filter, by which the kernel drops what a socket is not to receive.</summary>
/// <remarks>See socket(7), SO_ATTACH_FILTER, and the kernel's Documentation/networking/filter.rst.</remarks>
/// <param name="program">Its instructions.</param>
public sealed class SocketFilter(ReadOnlySpan<FilterInstruction> program) : IEquatable<SocketFilter>
{
    /// <summary>The most instructions that the kernel takes (BPF_MAXINSNS).</summary>
    public const int MostInstructions = 4096;

    /// <summary>Drops everything.</summary>
    public static readonly SocketFilter Nothing = new([new FilterInstruction(FilterInstruction.BPF_RET, 0)]);

    private readonly FilterInstruction[] _program = [.. program];

    /// <summary>How many instructions it has.</summary>
    public int Length => _program.Length;

    /// <summary>Its instructions.</summary>
    public ReadOnlySpan<FilterInstruction> Instructions => _program;

    private ReadOnlySpan<byte> Bytes => MemoryMarshal.AsBytes(Instructions);

    /// <inheritdoc/>
    public bool Equals(SocketFilter? other) => other is not null && Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SocketFilter);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }
}
