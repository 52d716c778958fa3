using System.Runtime.InteropServices;
using NetSuperd.Platform;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Programs;

/// <summary>
/// A job object: a child with every process that it starts. All of them end with it, also where the daemon itself ends, whichever way,
/// since the system then closes its handle.
/// </summary>
internal sealed unsafe class Job : IDisposable
{
    private readonly KernelHandle _handle;

    /// <summary>Makes an empty one.</summary>
    /// <exception cref="CallException">The system has none.</exception>
    public Job()
    {
        var value = Kernel32.CreateJobObjectW(null, null);
        _handle = value != 0 ? new KernelHandle(value) : throw Ws2.Failure("CreateJobObjectW", "");
        var limits = new Kernel32.ExtendedLimits
        {
            // Without the second one, a child that fails may wait until a window is closed that is on no screen.
            LimitFlags = Kernel32.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | Kernel32.JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION,
        };
        if (!Kernel32.SetInformationJobObject(
            _handle, Kernel32.JobObjectExtendedLimitInformation, &limits, (uint)sizeof(Kernel32.ExtendedLimits)))
        {
            var failure = Ws2.Failure("SetInformationJobObject", "");
            _handle.Dispose();
            throw failure;
        }
    }

    /// <summary>Its handle.</summary>
    public SafeHandle Handle => _handle;

    /// <summary>The processor time of all its processes, those that have ended among them. Wine tells 0.</summary>
    public (TimeSpan User, TimeSpan System) Times
    {
        get
        {
            Kernel32.Accounting use;
            return Kernel32.QueryInformationJobObject(
                _handle, Kernel32.JobObjectBasicAccountingInformation, &use, (uint)sizeof(Kernel32.Accounting), null)
                ? (TimeSpan.FromTicks(use.TotalUserTime), TimeSpan.FromTicks(use.TotalKernelTime))
                : default;
        }
    }

    /// <summary>Kills all its processes. They exit with a status.</summary>
    public void Kill(uint status) => _ = Kernel32.TerminateJobObject(_handle, status);

    /// <inheritdoc/>
    /// <remarks>Kills what is left.</remarks>
    public void Dispose() => _handle.Dispose();
}
