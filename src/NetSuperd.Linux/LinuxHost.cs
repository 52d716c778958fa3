using System.Net.Sockets;
using NetSuperd.Linux.Config.Programs;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config.Programs;

namespace NetSuperd.Linux;

/// <summary>What Linux offers the engine.</summary>
public sealed class LinuxHost : Host
{
    /// <inheritdoc/>
    public override IFiles Files { get; } = new LinuxFiles();

    /// <inheritdoc/>
    public override INames Names { get; } = new LinuxNames();

    /// <inheritdoc/>
    public override IOwnProcess Process { get; } = new LinuxProcess();

    /// <inheritdoc/>
    public override IPrograms Programs { get; } = new LinuxPrograms();

    /// <inheritdoc/>
    public override Errno? AbsenceOf(AddressFamily family, SocketType type, ProtocolType protocol) =>
        SocketDomain.Absence(family, type, protocol);
}
