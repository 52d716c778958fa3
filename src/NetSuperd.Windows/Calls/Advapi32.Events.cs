using System.Runtime.InteropServices;

namespace NetSuperd.Windows.Calls;

/// <content>The event log (winbase.h).</content>
internal static unsafe partial class Advapi32
{
    public const ushort EVENTLOG_ERROR_TYPE = 1;
    public const ushort EVENTLOG_WARNING_TYPE = 2;
    public const ushort EVENTLOG_INFORMATION_TYPE = 4;

    [LibraryImport("advapi32", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    internal static partial nint RegisterEventSourceW(string? server, string source);

    [LibraryImport("advapi32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool DeregisterEventSource(nint log);

    [LibraryImport("advapi32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool ReportEventW(
        SafeHandle log, ushort type, ushort category, uint id, void* user, ushort stringCount, uint dataSize, char** strings, void* data);
}
