using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Sockets;

/// <summary>
/// The memory of an operation: OVERLAPPED of minwinbase.h, whose first two fields are an IO_STATUS_BLOCK, and what follows of our own.
/// </summary>
internal struct OperationBlock
{
    public Ntdll.IoStatus Status;
    public nint Offset;
    public nint Event;
    public Ntdll.PollInfo Poll;
    public nint Self;
}
