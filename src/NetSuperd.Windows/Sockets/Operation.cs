using System.Runtime.InteropServices;

namespace NetSuperd.Windows.Sockets;

/// <summary>
/// One operation that a socket has at the system again and again, and the memory to which the system writes its end. Under the lock of its
/// <see cref="WatchedSocket"/>.
/// </summary>
/// <remarks>
/// The memory is outside the managed heap, and never freed while the system has it, not even when the socket is closed: then the
/// completion of the operation frees it.
/// </remarks>
internal sealed unsafe class Operation
{
    private readonly OperationCount _count;
    private GCHandle _self;
    private bool _isAbandoned;

    /// <summary>Takes the memory for an operation.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="count">The operations that the system has.</param>
    public Operation(WatchedSocket socket, OperationCount count)
    {
        (Socket, _count) = (socket, count);
        _self = GCHandle.Alloc(this);
        Block = (OperationBlock*)NativeMemory.AllocZeroed((nuint)sizeof(OperationBlock));
        Block->Self = GCHandle.ToIntPtr(_self);
    }

    /// <summary>The socket.</summary>
    public WatchedSocket Socket { get; }

    /// <summary>The memory.</summary>
    public OperationBlock* Block { get; private set; }

    /// <summary>Whether the system has it.</summary>
    public bool IsPending { get; private set; }

    /// <summary>The operation of a completion.</summary>
    public static Operation Of(void* overlapped) => (Operation)GCHandle.FromIntPtr(((OperationBlock*)overlapped)->Self).Target!;

    /// <summary>Notes that the system gets it.</summary>
    public OperationBlock* Start()
    {
        IsPending = true;
        _count.Add(1);
        Block->Status = default;
        (Block->Offset, Block->Event) = (0, 0);
        return Block;
    }

    /// <summary>Notes that the system no longer has it: it has completed, or could not begin.</summary>
    public void End()
    {
        IsPending = false;
        _count.Add(-1);
        if (_isAbandoned)
        {
            Free();
        }
    }

    /// <summary>Frees the memory, now or when the system no longer has it.</summary>
    public void Abandon()
    {
        _isAbandoned = true;
        if (!IsPending)
        {
            Free();
        }
    }

    private void Free()
    {
        if (Block is not null)
        {
            NativeMemory.Free(Block);
            Block = null;
            _self.Free();
        }
    }
}
