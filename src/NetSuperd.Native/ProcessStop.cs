namespace NetSuperd.Native;

/// <summary>Stops this process, as Ctrl-Z does.</summary>
public static class ProcessStop
{
    /// <summary>Stops it until it gets CONT.</summary>
    public static void Now() => _ = Libc.kill(Environment.ProcessId, Libc.SIGSTOP);
}
