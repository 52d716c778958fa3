using System.Globalization;
using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>The system call in which a thread of this process waits (proc_pid_syscall(5)).</summary>
/// <param name="Number">Its number, which depends on the architecture.</param>
/// <param name="Arguments">Its arguments.</param>
public readonly record struct SystemCall(long Number, IReadOnlyList<ulong> Arguments)
{
    // The numbers on x86-64 and on arm64 (asm/unistd.h) of the calls in which threads usually wait; -1: it does not exist there.
    private static readonly Dictionary<string, (long X64, long Arm64)> Numbers = new()
    {
        ["accept"] = (43, 202),
        ["accept4"] = (288, 242),
        ["clock_nanosleep"] = (230, 115),
        ["connect"] = (42, 203),
        ["epoll_pwait"] = (281, 22),
        ["epoll_wait"] = (232, -1),
        ["fcntl"] = (72, 25),
        ["fdatasync"] = (75, 83),
        ["flock"] = (73, 32),
        ["fsync"] = (74, 82),
        ["futex"] = (202, 98),
        ["nanosleep"] = (35, 101),
        ["openat"] = (257, 56),
        ["poll"] = (7, -1),
        ["ppoll"] = (271, 73),
        ["pread64"] = (17, 67),
        ["pselect6"] = (270, 72),
        ["pwrite64"] = (18, 68),
        ["read"] = (0, 63),
        ["readv"] = (19, 65),
        ["recvfrom"] = (45, 207),
        ["recvmsg"] = (47, 212),
        ["select"] = (23, -1),
        ["sendmsg"] = (46, 211),
        ["sendto"] = (44, 206),
        ["wait4"] = (61, 260),
        ["waitid"] = (247, 95),
        ["write"] = (1, 64),
        ["writev"] = (20, 66),
    };

    /// <summary>The names and numbers of this architecture.</summary>
    public static IEnumerable<(string Name, long Number)> Known => Numbers
        .Select(call => (
            call.Key,
            Number: RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? call.Value.Arm64 : call.Value.X64))
        .Where(call => call.Number >= 0);

    /// <summary>Its name, or its number where that is not among the usual ones.</summary>
    public string Name
    {
        get
        {
            var number = Number;
            return Known.FirstOrDefault(call => call.Number == number).Name ?? number.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>The call of a thread; null where it is in none, has ended, or the system does not report it.</summary>
    public static SystemCall? Of(int thread)
    {
        try
        {
            // A thread that waits, but not in a call, has the number -1; for one that runs, there is a word.
            var fields = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/self/task/{thread}/syscall")).Split(' ');
            return long.TryParse(fields[0], CultureInfo.InvariantCulture, out var number) && number >= 0
                ? new SystemCall(number, [.. fields[1..7].Select(field => Convert.ToUInt64(field, 16))])
                : null;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
