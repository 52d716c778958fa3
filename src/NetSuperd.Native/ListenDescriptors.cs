using System.Globalization;

namespace NetSuperd.Native;

/// <summary>The descriptors that a service manager, or a daemon before this one, has passed on (sd_listen_fds_with_names(3)).</summary>
public static class ListenDescriptors
{
    private const int First = 3;
    private static readonly string[] Variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"];

    /// <summary>
    /// Takes them: each is close-on-exec from now on, and the variables are gone, so that no child believes them to be its own. Where they were
    /// meant for another process, or are none, the list is empty; what is closed is left out.
    /// </summary>
    public static IReadOnlyList<(Descriptor Descriptor, string Name)> Take()
    {
        var (pid, count, names) = (Read("LISTEN_PID"), Read("LISTEN_FDS"), Environment.GetEnvironmentVariable("LISTEN_FDNAMES")?.Split(':') ?? []);
        foreach (var variable in Variables)
        {
            Environment.SetEnvironmentVariable(variable, null);
        }

        var taken = new List<(Descriptor, string)>();
        for (var i = 0; pid == Environment.ProcessId && i < Math.Min(count, Descriptors.Limit); i++)
        {
            if (Libc.fcntl(First + i, Libc.F_SETFD, Libc.FD_CLOEXEC) >= 0)
            {
                taken.Add((new Descriptor(First + i), i < names.Length ? names[i] : ""));
            }
        }

        return taken;
    }

    private static int Read(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
