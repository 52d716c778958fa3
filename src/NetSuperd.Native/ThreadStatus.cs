using System.Globalization;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>Asks what a thread of this process does (proc_pid_stat(5)).</summary>
public static class ThreadStatus
{
    // The fields behind the name of the thread: its state, and utime and stime.
    private const int State = 0;
    private const int UserTime = 11;
    private const int SystemTime = 12;

    // USER_HZ (time(7)): the same on every architecture that .NET runs on.
    private const int TicksPerSecond = 100;

    extension(ThreadUse)
    {
        /// <summary>The system's number of the calling thread.</summary>
        public static int CurrentThread => Libc.gettid();

        /// <summary>The activity of a thread; null where it has ended or the system does not report it.</summary>
        public static ThreadUse? Of(int thread)
        {
            try
            {
                // The name may hold spaces and parentheses.
                var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/self/task/{thread}/stat"));
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ', SystemTime + 2);
                var ticks = long.Parse(fields[UserTime], CultureInfo.InvariantCulture)
                    + long.Parse(fields[SystemTime], CultureInfo.InvariantCulture);
                return new ThreadUse(fields[State] != "R", TimeSpan.FromSeconds((double)ticks / TicksPerSecond));
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }
}
