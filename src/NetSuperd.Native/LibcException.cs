using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>A system call failed: which one, on what, and why.</summary>
public sealed class LibcException : Exception
{
    /// <summary>Makes the exception for a call that returned an error number.</summary>
    public LibcException(string call, string argument, Errno errno)
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

    /// <summary>Throws for a call that has just returned -1 and set errno.</summary>
    internal static LibcException Last(string call, string argument) => new(call, argument, (Errno)Marshal.GetLastPInvokeError());
}
