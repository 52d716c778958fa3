using Microsoft.Win32.SafeHandles;

namespace NetSuperd.Windows.Calls;

/// <summary>A handle of the event log for one source of events.</summary>
internal sealed class EventSourceHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public EventSourceHandle(nint value)
        : base(ownsHandle: true) => SetHandle(value);

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Advapi32.DeregisterEventSource(handle);
}
