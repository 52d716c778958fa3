using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Server.Listen;

/// <summary>Processes with a socket that are no children of this one: the predecessor's children, and those that it still starts.</summary>
internal interface IOtherProcesses : ISocketHolder
{
    /// <summary>The first of the processes that runs; null: none does, or no descriptor is left to look with.</summary>
    int? Pid { get; }

    /// <summary>What the predecessor has told when they ended; null: nothing.</summary>
    string? Told { get; }

    /// <summary>Signals the processes alone, and not their sessions.</summary>
    /// <param name="signal">The signal.</param>
    /// <param name="reached">The processes that have it already; receives those that get it now.</param>
    /// <exception cref="CallException">No descriptor is left.</exception>
    void Signal(int signal, ISet<int> reached);

    /// <summary>Copies of the descriptors that report their end, for a successor.</summary>
    /// <exception cref="CallException">No descriptor is left.</exception>
    IReadOnlyList<SafeHandle> Copies();

    /// <summary>The restart has failed: this process watches them again.</summary>
    void CancelHandover();
}
