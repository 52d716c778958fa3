using System.Numerics;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>
/// Memory that this process shares with its fork servers (memfd_create(2)): the command line and environment of what they start.
/// </summary>
/// <remarks>
/// What many children have in common is written once, and a fork server that takes the place of another finds all of it. An area that is
/// free again is given to a text of the same size, rounded up to a power of two.
/// </remarks>
public sealed class PlanMemory : IDisposable
{
    // What execve(2) takes, and the options beside it.
    private const long MostBytesOfOne = ExecLimits.MostBytes + (640 << 10);
    private const long MostBytes = 1 << 30;
    private const int LeastSize = 64;
    private const int PageSize = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, Stack<long>> _free = [];

    // The first page has what a fork server notes of its last child.
    private long _end = PageSize;

    /// <summary>Makes empty memory.</summary>
    /// <exception cref="CallException">memfd_create(2) failed.</exception>
    public PlanMemory()
    {
        var fd = Libc.memfd_create("netsuperd-plans", Libc.MFD_CLOEXEC);
        File = fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw Libc.Failure("memfd_create", "netsuperd-plans");
        RandomAccess.SetLength(File, PageSize);
    }

    /// <summary>The memory, for a fork server.</summary>
    internal SafeFileHandle File { get; }

    /// <summary>Writes a plan.</summary>
    /// <param name="arguments">The options of netsuperd-exec, the program and its arguments.</param>
    /// <param name="environment">The environment, each entry <c>NAME=value</c>.</param>
    /// <returns>Where it stands, until it is disposed of.</returns>
    /// <exception cref="CallException">It is longer than execve(2) allows, or there is no memory left.</exception>
    public SharedPlan Add(IReadOnlyCollection<string> arguments, IReadOnlyCollection<string> environment)
    {
        var bytes = new byte[(2 * sizeof(int)) + arguments.Concat(environment).Sum(text => (long)Encoding.UTF8.GetByteCount(text) + 1)];
        if (bytes.Length + ((arguments.Count + environment.Count) * (long)sizeof(long)) > MostBytesOfOne)
        {
            throw new CallException("execve", arguments.FirstOrDefault() ?? "", Errno.E2BIG);
        }

        BitConverter.TryWriteBytes(bytes, arguments.Count);
        BitConverter.TryWriteBytes(bytes.AsSpan(sizeof(int)), environment.Count);
        var offset = 2 * sizeof(int);
        foreach (var text in arguments.Concat(environment))
        {
            offset += Encoding.UTF8.GetBytes(text, bytes.AsSpan(offset)) + 1;
        }

        var size = (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(bytes.Length, LeastSize));
        var plan = new SharedPlan(this, Take(size), size, bytes.Length);
        try
        {
            RandomAccess.Write(File, bytes, plan.Offset);
            return plan;
        }
        catch (IOException failure)
        {
            plan.Dispose();
            throw new CallException("write", failure.Message, Errno.ENOSPC);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => File.Dispose();

    internal void GiveBack(long offset, long size)
    {
        lock (_lock)
        {
            if (!_free.TryGetValue(size, out var offsets))
            {
                _free[size] = offsets = new Stack<long>();
            }

            offsets.Push(offset);
        }
    }

    private long Take(long size)
    {
        lock (_lock)
        {
            if (_free.TryGetValue(size, out var offsets) && offsets.TryPop(out var offset))
            {
                return offset;
            }

            if (_end + size > MostBytes)
            {
                throw new CallException("memfd_create", "netsuperd-plans", Errno.ENOSPC);
            }

            _end += size;
            return _end - size;
        }
    }
}

/// <summary>A plan that fork servers can read, until it is disposed of: after the end of the last child that has it.</summary>
public sealed class SharedPlan : IDisposable
{
    private readonly PlanMemory _memory;
    private readonly long _size;
    private int _isDisposed;

    internal SharedPlan(PlanMemory memory, long offset, long size, long length) =>
        (_memory, Offset, _size, Length) = (memory, offset, size, length);

    /// <summary>Where it stands in the memory.</summary>
    internal long Offset { get; }

    /// <summary>Its bytes.</summary>
    internal long Length { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _memory.GiveBack(Offset, _size);
        }
    }
}
