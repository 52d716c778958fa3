using System.Net.Sockets;
using NetSuperd.Native;

namespace NetSuperd.Server.Listen;

/// <summary>
/// The last descriptors of the process, which connections do not get. Without them the runtime cannot even start a thread, and ends the
/// process over it; and no child, no log file and no operator would get one.
/// </summary>
/// <remarks>The kernel gives the lowest number that is free, so the number of a new connection tells how many descriptors are left.</remarks>
internal sealed class DescriptorReserve(long limit)
{
    private const int Size = 32;

    private volatile bool _isTouched;

    /// <summary>Why nothing is accepted while the reserve is touched, and what to do.</summary>
    public string Reason => $"{limit} descriptors are all this process may have; raise its limit (LimitNOFILE=, ulimit -n)";

    /// <summary>Notes which descriptor a connection got.</summary>
    public void Note(Socket connection) => _isTouched |= connection.SafeHandle.DangerousGetHandle() >= limit - Size;

    /// <summary>Whether connections have to wait for others to end. Costs nothing as long as none got into the reserve.</summary>
    public bool IsTouched() => _isTouched && (_isTouched = Descriptors.LowestFree() is not { } lowest || lowest >= limit - Size);
}
