namespace NetSuperd.Platform;

/// <summary>A call of the system failed: which one, on what, and why.</summary>
public sealed class CallException : Exception
{
    /// <summary>Makes the exception for a call that returned an error number.</summary>
    public CallException(string call, string argument, Errno errno)
        : base($"{call}({argument}): {errno.Reason()}")
    {
        Call = call;
        Argument = argument;
        Errno = errno;
    }

    /// <summary>The call, as its man page names it.</summary>
    public string Call { get; }

    /// <summary>What it was about: a path, an address, a process.</summary>
    public string Argument { get; }

    /// <summary>Why it failed.</summary>
    public Errno Errno { get; }
}
