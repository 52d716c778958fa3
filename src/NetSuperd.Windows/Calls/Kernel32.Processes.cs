using System.Runtime.InteropServices;

namespace NetSuperd.Windows.Calls;

/// <content>The list of processes (tlhelp32.h).</content>
internal static unsafe partial class Kernel32
{
    public const uint TH32CS_SNAPPROCESS = 2;
    public const int MAX_PATH = 260;

    /// <summary>PROCESSENTRY32W.</summary>
    internal struct ProcessEntry
    {
        public uint dwSize;
        public uint cntUsage;
        public uint th32ProcessID;
        public nuint th32DefaultHeapID;
        public uint th32ModuleID;
        public uint cntThreads;
        public uint th32ParentProcessID;
        public int pcPriClassBase;
        public uint dwFlags;
        public fixed char szExeFile[MAX_PATH];
    }

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint CreateToolhelp32Snapshot(uint flags, uint process);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool Process32FirstW(SafeHandle snapshot, ProcessEntry* entry);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool Process32NextW(SafeHandle snapshot, ProcessEntry* entry);
}
