using System.Globalization;

namespace NetSuperd.Native;

/// <summary>The activity of a thread of this process (proc_pid_stat(5)).</summary>
/// <param name="Sleeps">Whether it waits for something other than a processor.</param>
/// <param name="Processor">The time that processors have spent on it, in steps of 10 ms.</param>
public readonly record struct ThreadUse(bool Sleeps, TimeSpan Processor)
{
    // The fields behind the name of the thread: its state, and utime and stime.
    private const int State = 0;
    private const int UserTime = 11;
    private const int SystemTime = 12;

    // USER_HZ (time(7)): the same on every architecture that .NET runs on.
    private const int TicksPerSecond = 100;

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
