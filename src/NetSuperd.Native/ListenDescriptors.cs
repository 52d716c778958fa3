using System.Globalization;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>
/// The descriptors that the service manager or a predecessor hands over (sd_listen_fds_with_names(3)): from 3 on, as many as
/// <c>LISTEN_FDS</c> says.
/// </summary>
public static class ListenDescriptors
{
    /// <summary>The number of the first one (SD_LISTEN_FDS_START).</summary>
    public const int First = 3;

    // Since systemd 258 this names the process by a number other than its pid; it is removed with the rest.
    private static readonly string[] Variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"];

    // The kernel's default for fs.nr_open (proc(5)): a number beyond it is no number of descriptors.
    private const int Most = 1 << 20;

    /// <summary>Takes them, once, before anything else is opened: the next file that is opened would get a free number.</summary>
    /// <remarks>
    /// Every one is close-on-exec afterwards, and the variables are gone from the environment as .NET shows it. The C library's copy keeps
    /// them, but no child inherits that: children get an environment that is made for them, and <c>LISTEN_PID</c> is not theirs.
    /// </remarks>
    /// <returns>
    /// The descriptors in their order; none where <c>LISTEN_PID</c> is not this process or a value is malformed. A number that is closed,
    /// or is one of the runtime's own, is left out.
    /// </returns>
    public static IReadOnlyList<ListenDescriptor> Take()
    {
        var values = Variables.Select(Environment.GetEnvironmentVariable).ToArray();
        foreach (var variable in Variables)
        {
            Environment.SetEnvironmentVariable(variable, null);
        }

        if (Number(values[0]) != Environment.ProcessId || Number(values[1]) is not (> 0 and <= Most and var count))
        {
            return [];
        }

        var names = values[2]?.Split(':') ?? [];
        return [.. Enumerable.Range(0, count).Where(i => Own(First + i)).Select(i => new ListenDescriptor(
            new Descriptor(First + i), First + i, i < names.Length ? names[i] : ListenDescriptor.Unnamed))];
    }

    /// <summary>Makes a descriptor close-on-exec. One that is so already was not inherited: the runtime has opened it.</summary>
    private static bool Own(int fd) => Libc.fcntl(fd, Libc.F_GETFD, 0) is >= 0 and var flags
        && (flags & Libc.FD_CLOEXEC) == 0
        && Libc.fcntl(fd, Libc.F_SETFD, flags | Libc.FD_CLOEXEC) == 0;

    private static int? Number(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
