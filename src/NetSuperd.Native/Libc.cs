using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>
/// The C library: every signature once, names and constants spelt as in the headers, one file for each header. Callers pass descriptors as
/// SafeHandles, which keeps one from being closed, and its number from being given to another file, while a call uses it.
/// </summary>
internal static partial class Libc
{
    private const string Library = "libc";

    /// <summary>The exception for a call that has just returned -1 and set errno.</summary>
    public static CallException Failure(string call, string argument) => new(call, argument, (Errno)Marshal.GetLastPInvokeError());
}
