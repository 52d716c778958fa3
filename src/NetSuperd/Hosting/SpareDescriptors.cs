using NetSuperd.Native;

namespace NetSuperd.Hosting;

/// <summary>
/// The descriptors that a change of the daemon itself takes beside the sockets of its map: control socket, log, another process.
/// </summary>
/// <remarks>
/// Looked for before it begins: where the runtime finds none for a thread it ends the process over it, and no change can be undone then.
/// </remarks>
internal static class SpareDescriptors
{
    private const int Least = 16;

    /// <summary>Why nothing can be changed just now; null where enough are left.</summary>
    public static string? Missing => Descriptors.Limit - Descriptors.Count() >= Least ? null
        : "the process is almost out of file descriptors: raise its limit (LimitNOFILE=, ulimit -n)";
}
