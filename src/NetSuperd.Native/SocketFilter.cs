using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>A program of the classic Berkeley packet filter, by which the kernel drops what a socket is not to receive.</summary>
/// <remarks>See socket(7), SO_ATTACH_FILTER, and the kernel's Documentation/networking/filter.rst.</remarks>
public sealed class SocketFilter : IEquatable<SocketFilter>
{
    /// <summary>The most instructions that the kernel takes (BPF_MAXINSNS).</summary>
    public const int MostInstructions = 4096;

    /// <summary>Drops everything.</summary>
    public static readonly SocketFilter Nothing = new([new Libc.FilterInstruction(Libc.BPF_RET, 0)]);

    private readonly byte[] _program;

    internal SocketFilter(ReadOnlySpan<Libc.FilterInstruction> program) => _program = MemoryMarshal.AsBytes(program).ToArray();

    private SocketFilter(byte[] program) => _program = program;

    /// <summary>How many instructions it has.</summary>
    public unsafe int Length => _program.Length / sizeof(Libc.FilterInstruction);

    /// <summary>Its instructions.</summary>
    internal ReadOnlySpan<Libc.FilterInstruction> Instructions => MemoryMarshal.Cast<byte, Libc.FilterInstruction>(_program);

    /// <summary>The filter of a socket; null where it has none, or one that was made by bpf(2).</summary>
    public static unsafe SocketFilter? Of(Socket socket)
    {
        // The system counts instructions here, and not bytes.
        var count = (uint)MostInstructions;
        var program = new byte[MostInstructions * sizeof(Libc.FilterInstruction)];
        fixed (byte* room = program)
        {
            return Libc.getsockopt(socket.SafeHandle, Libc.SOL_SOCKET, Libc.SO_ATTACH_FILTER, room, &count) == 0 && count > 0
                ? new SocketFilter(program[..((int)count * sizeof(Libc.FilterInstruction))])
                : null;
        }
    }

    /// <summary>
    /// Whether a filter is on a socket and nothing else: null means none. Of a filter made by bpf(2) the system reports only that it is
    /// there (EACCES).
    /// </summary>
    public static unsafe bool IsOn(Socket socket, SocketFilter? filter)
    {
        if (filter is not null)
        {
            return filter.Equals(Of(socket));
        }

        var count = 0U;
        return Libc.getsockopt(socket.SafeHandle, Libc.SOL_SOCKET, Libc.SO_ATTACH_FILTER, null, &count) < 0
            ? Libc.Failure("getsockopt", "SO_GET_FILTER").Errno != Errno.EACCES
            : count == 0;
    }

    /// <summary>Filters what the socket receives from now on, for every process that shares it.</summary>
    /// <exception cref="CallException">setsockopt(2) failed; EPERM: the socket has a locked filter.</exception>
    public unsafe void Attach(Socket socket)
    {
        fixed (byte* program = _program)
        {
            var filter = new Libc.FilterProgram { len = (ushort)Length, filter = (Libc.FilterInstruction*)program };
            if (Libc.setsockopt(socket.SafeHandle, Libc.SOL_SOCKET, Libc.SO_ATTACH_FILTER, &filter, (uint)sizeof(Libc.FilterProgram)) < 0)
            {
                throw Libc.Failure("setsockopt", "SO_ATTACH_FILTER");
            }
        }
    }

    /// <summary>Attaches it for good (SO_LOCK_FILTER): no process can take it off or replace it, the daemon included.</summary>
    /// <returns>This filter.</returns>
    /// <exception cref="CallException">setsockopt(2) failed.</exception>
    public unsafe SocketFilter Lock(Socket socket)
    {
        Attach(socket);
        var on = 1;
        if (Libc.setsockopt(socket.SafeHandle, Libc.SOL_SOCKET, Libc.SO_LOCK_FILTER, &on, sizeof(int)) < 0)
        {
            throw Libc.Failure("setsockopt", "SO_LOCK_FILTER");
        }

        return this;
    }

    /// <summary>Takes a filter off (SO_DETACH_FILTER).</summary>
    /// <returns>Whether there was one that was not locked.</returns>
    public static unsafe bool Detach(Socket socket)
    {
        var ignored = 0;
        return Libc.setsockopt(socket.SafeHandle, Libc.SOL_SOCKET, Libc.SO_DETACH_FILTER, &ignored, sizeof(int)) == 0;
    }

    /// <inheritdoc/>
    public bool Equals(SocketFilter? other) => other is not null && _program.AsSpan().SequenceEqual(other._program);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SocketFilter);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(_program);
        return hash.ToHashCode();
    }
}
