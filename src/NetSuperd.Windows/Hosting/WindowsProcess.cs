using System.Security.Principal;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Hosting;

/// <summary>The daemon's own process: its account, its rights, and what it uses.</summary>
public static unsafe class WindowsProcess
{
    /// <summary>
    /// How many handles the daemon allows itself. Windows has no limit but memory (Pushing the Limits of Windows: Handles), and each
    /// connection costs about 10 KiB there.
    /// </summary>
    public const int HandleLimit = 65_536;

    /// <summary>
    /// Whether it has the rights of an administrator now (TokenElevation of winnt.h): an elevated administrator, or SYSTEM. The account of
    /// a service of its own, <c>NT SERVICE\netsuperd</c>, has not.
    /// </summary>
    public static bool IsElevated { get; } = Environment.IsPrivilegedProcess;

    /// <summary>
    /// Whether another account could gain something by changing the files that it uses: it has the rights of an administrator, or those of
    /// a service (NT AUTHORITY\SERVICE, which the service control manager adds), whatever its account.
    /// </summary>
    public static bool JudgesFiles { get; } = IsElevated || IsService();

    /// <summary>The user for messages: <c>the user 'HOST\name'</c>.</summary>
    public static string UserName => $@"the user '{Environment.UserDomainName}\{Environment.UserName}'";

    /// <summary>Processor time since its start.</summary>
    public static TimeSpan CpuTime => Environment.CpuUsage.TotalTime;

    /// <summary>Memory that is resident, in bytes.</summary>
    public static long ResidentBytes => Environment.WorkingSet;

    /// <summary>Its open handles; null: the system does not tell.</summary>
    public static int? Handles
    {
        get
        {
            uint count;
            return Kernel32.GetProcessHandleCount(Kernel32.GetCurrentProcess(), &count) ? (int)count : null;
        }
    }

    private static bool IsService()
    {
        using var own = WindowsIdentity.GetCurrent();
        return own.Groups?.Contains(new SecurityIdentifier(WellKnownSidType.ServiceSid, null)) == true;
    }
}
