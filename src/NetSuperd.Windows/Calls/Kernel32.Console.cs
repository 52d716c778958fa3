using System.Runtime.InteropServices;

namespace NetSuperd.Windows.Calls;

/// <content>wincon.h, consoleapi.h: the console of the process.</content>
internal static unsafe partial class Kernel32
{
    public const uint STD_OUTPUT_HANDLE = 0xFFFFFFF5;
    public const uint ENABLE_VIRTUAL_TERMINAL_PROCESSING = 4;

    [LibraryImport(Library)]
    internal static partial nint GetStdHandle(uint which);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetConsoleMode(nint console, uint* mode);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool SetConsoleMode(nint console, uint mode);
}
