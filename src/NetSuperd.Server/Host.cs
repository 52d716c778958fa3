using System.Collections.Immutable;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Files;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Programs;
using NetSuperd.Server.Listen;

namespace NetSuperd.Server;

/// <summary>What a system offers the engine. Each program has the one of its system.</summary>
public abstract class Host
{
    /// <summary>Its files.</summary>
    public abstract IFiles Files { get; }

    /// <summary>Its names.</summary>
    public abstract INames Names { get; }

    /// <summary>The daemon's own process.</summary>
    public abstract IOwnProcess Process { get; }

    /// <summary>The programs of children.</summary>
    public abstract IPrograms Programs { get; }

    /// <summary>The users of its connections, for <c>ident</c>.</summary>
    public virtual IConnectionUsers ConnectionUsers { get; } = new NoConnectionUsers();

    /// <summary>Why this host has no sockets of a kind at the moment; null: it has.</summary>
    public abstract Errno? AbsenceOf(AddressFamily family, SocketType type, ProtocolType protocol);

    /// <summary>
    /// What the system never has, with the reason: keys of the map such as <c>services.user</c>, <c>ports.device</c> or
    /// <c>daemon.raw_sockets</c>, words of a key such as <c>log.target.journal</c>, kinds of sockets such as <c>sockets.unix</c>,
    /// <c>sockets.vsock</c> or <c>sockets.raw</c>, and kinds of peers: <c>peers.uid</c>, <c>peers.gid</c>, <c>peers.vsock</c>.
    /// </summary>
    public IReadOnlyDictionary<string, string> Absent { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>
    /// Whether the place at which operators reach the daemon is a file: its folder has to be there, and no other user may change it.
    /// </summary>
    public bool HasControlFile { get; init; } = true;

    /// <summary>Why operators cannot reach the daemon at a place; null where they can.</summary>
    public Func<string, string?> ControlComplaint { get; init; } = ControlPath.Complaint;

    /// <summary>Whether it has a key of services.</summary>
    internal bool Has(Key<Service> key) => !Absent.ContainsKey($"{MapKeys.Services}.{key.Name}");

    /// <summary>
    /// Whether a socket that is bound to every address can let another one be bound to a single address of the port later. Otherwise a map
    /// that adds such a socket closes the first one, and binds it anew.
    /// </summary>
    public bool SharesPortLater { get; init; } = true;

    /// <summary>
    /// What another program may do where a socket is bound to every address, and another one to a single address of its port, and what to
    /// do about that; null: nothing.
    /// </summary>
    public string? DoubtOfSharedPorts { get; init; }

    /// <summary>What it does with the sockets of the map.</summary>
    internal abstract ISockets Sockets { get; }

    /// <summary>What it does with sockets that other processes have as well.</summary>
    internal virtual ISharing Sharing => NoSharing.Instance;

    /// <summary>Makes the processes beside a daemon; none is started yet.</summary>
    /// <exception cref="CallException">Descriptors for them could not be made.</exception>
    internal abstract IProcesses CreateProcesses(EngineParts parts);
}
