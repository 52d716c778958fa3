using NetSuperd.Platform;

namespace NetSuperd.Hosting;

/// <summary>The descriptors that a reload or restart needs beside the sockets of the map: control socket, log, successor.</summary>
/// <remarks>
/// They are checked before the change begins: where the runtime finds no descriptor for a new thread, it ends the process, and no change
/// could be undone.
/// </remarks>
internal static class SpareDescriptors
{
    private const int Least = 16;

    private static IOwnProcess Own => Installation.Current.Host.Process;

    /// <summary>Why nothing can be changed now; null where enough descriptors are left.</summary>
    public static string? Missing => Own.DescriptorLimit - Own.Descriptors >= Least ? null
        : $"the process is almost out of file descriptors: {Own.MoreDescriptors}";
}
