using System.Runtime.InteropServices;

namespace NetSuperd.Native.Tests;

/// <summary>
/// The open descriptors of this process by the file that they lead to. Their numbers and their sum change under a test: other threads,
/// those of the runtime among them, open and close descriptors.
/// </summary>
internal static class OpenDescriptors
{
    /// <summary>The file that a descriptor leads to, as proc(5) names it.</summary>
    public static string FileOf(SafeHandle descriptor) => new FileInfo($"/proc/self/fd/{(int)descriptor.DangerousGetHandle()}").LinkTarget!;

    /// <summary>How many lead to a file.</summary>
    public static int CountOf(string file) =>
        Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(fd => new FileInfo(fd).LinkTarget == file);
}
