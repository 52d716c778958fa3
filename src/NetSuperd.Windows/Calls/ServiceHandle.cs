using Microsoft.Win32.SafeHandles;

namespace NetSuperd.Windows.Calls;

/// <summary>A handle of the service control manager, or of a service that it has registered.</summary>
internal sealed class ServiceHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public ServiceHandle(nint value)
        : base(ownsHandle: true) => SetHandle(value);

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Advapi32.CloseServiceHandle(handle);
}
