using NetSuperd.Platform;
using NetSuperd.Windows.Control;
using NetSuperd.Windows.Hosting;

namespace NetSuperd.Windows;

/// <summary>This process on Windows.</summary>
internal sealed class WindowsOwnProcess : IOwnProcess
{
    // Accounts have no numbers, and none of them is root, which would need another user for its children.
    private const uint Account = 1;

    /// <inheritdoc/>
    public uint UserId => Account;

    /// <inheritdoc/>
    /// <remarks>What root is asked for: whether files are judged that another account could change.</remarks>
    public bool IsRoot => WindowsProcess.JudgesFiles;

    /// <inheritdoc/>
    public string UserName => WindowsProcess.UserName;

    /// <inheritdoc/>
    public long DescriptorLimit => WindowsProcess.HandleLimit;

    /// <inheritdoc/>
    public string MoreDescriptors => "the program takes no more handles for itself, so lower max_connections";

    /// <inheritdoc/>
    public long Descriptors => WindowsProcess.Handles ?? 0;

    /// <inheritdoc/>
    public int CurrentThread => Environment.CurrentManagedThreadId;

    /// <inheritdoc/>
    /// <remarks>
    /// Every user may bind every port of Windows that no other program has. Of what only some users of Linux may do Windows has nothing:
    /// the map cannot have it, so nothing is said of a right that is missing.
    /// </remarks>
    public Surroundings Surroundings() =>
        new(UserId, FirstFreePort: 0, MayBindAny: true, MayRaiseLimits: true, WindowsProcess.HandleLimit, PipeName.Default)
        {
            Descriptors = WindowsProcess.HandleLimit,
            MayOpenRaw = true,
            MayUseAnyAddress = true,
            HasFixedPorts = true,
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
