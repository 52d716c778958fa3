using Microsoft.Win32.SafeHandles;

namespace NetSuperd.Windows.Calls;

/// <summary>A handle of the system that CloseHandle closes. No child inherits it.</summary>
internal sealed class KernelHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public KernelHandle(nint value)
        : base(ownsHandle: true) => SetHandle(value);

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Kernel32.CloseHandle(handle);
}
