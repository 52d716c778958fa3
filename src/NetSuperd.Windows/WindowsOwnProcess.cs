using NetSuperd.Platform;
using NetSuperd.Windows.Control;
using NetSuperd.Windows.Hosting;

namespace NetSuperd.Windows;

/// <summary>This process on Windows.</summary>
internal sealed class WindowsOwnProcess : IOwnProcess
{
    // Accounts have no numbers that the daemon needs: one stands for an elevated administrator, the other for anyone else.
    private const uint Administrator = 0;
    private const uint Other = 1;

    /// <inheritdoc/>
    public uint UserId => WindowsProcess.IsElevated ? Administrator : Other;

    /// <inheritdoc/>
    public bool IsRoot => WindowsProcess.IsElevated;

    /// <inheritdoc/>
    public string UserName => WindowsProcess.UserName;

    /// <inheritdoc/>
    public long DescriptorLimit => WindowsProcess.HandleLimit;

    /// <inheritdoc/>
    public long Descriptors => WindowsProcess.Handles ?? 0;

    /// <inheritdoc/>
    public int CurrentThread => Environment.CurrentManagedThreadId;

    /// <inheritdoc/>
    /// <remarks>Every user may bind every port of Windows that no other program has.</remarks>
    public Surroundings Surroundings() =>
        new(UserId, FirstFreePort: 0, MayBindAny: true, MayRaiseLimits: true, WindowsProcess.HandleLimit, PipeName.Default)
        {
            Descriptors = WindowsProcess.HandleLimit,
        };

    /// <inheritdoc/>
    public void AllowDescriptors(long least, long wanted)
    {
        if (least > WindowsProcess.HandleLimit)
        {
            throw new CallException("CreateFileW", $"{least} handles", Errno.EMFILE);
        }
    }

    /// <inheritdoc/>
    public (long? ResidentBytes, int? Threads) Use() => (WindowsProcess.ResidentBytes, null);

    /// <inheritdoc/>
    public ThreadUse? UseOf(int thread) => null;

    /// <inheritdoc/>
    public BlockingCall CallOf(Thread thread, int number) =>
        new("a call that Windows does not name", "await the call instead of waiting for it");
}
