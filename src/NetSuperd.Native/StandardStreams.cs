namespace NetSuperd.Native;

/// <summary>Descriptors 0, 1 and 2.</summary>
public static class StandardStreams
{
    /// <summary>
    /// Opens <c>/dev/null</c> for each that whoever started us has closed. Otherwise the next socket would take its number, and what is
    /// written to standard error would go to a client.
    /// </summary>
    public static void EnsureOpen()
    {
        for (var fd = 0; fd <= 2; fd++)
        {
            if (Libc.fcntl(fd, Libc.F_GETFD, 0) < 0 && Libc.open("/dev/null", Libc.O_RDWR, 0) < 0)
            {
                throw LibcException.Last("open", "/dev/null");
            }
        }
    }
}
