namespace NetSuperd.Native.Tests;

/// <summary>Whether a process has ended, reaped or not.</summary>
internal static class ProcessEnd
{
    /// <summary>Asks by the handle, which can be read from the end of the process on.</summary>
    public static unsafe bool HasCome(ProcessHandle process)
    {
        var held = false;
        process.End.DangerousAddRef(ref held);
        try
        {
            var asked = new Libc.PollDescriptor { fd = (int)process.End.DangerousGetHandle(), events = Libc.POLLIN };
            return Libc.poll(&asked, 1, 0) > 0;
        }
        finally
        {
            process.End.DangerousRelease();
        }
    }
}
