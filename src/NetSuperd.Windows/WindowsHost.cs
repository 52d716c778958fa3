using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config.Programs;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Pipes;
using NetSuperd.Windows.Control;
using NetSuperd.Windows.Files;
using NetSuperd.Windows.Programs;
using NetSuperd.Windows.Sockets;

namespace NetSuperd.Windows;

/// <summary>What Windows offers the engine.</summary>
internal sealed class WindowsHost : Host
{
    /// <summary>Makes the host: handlers serve in the daemon alone, and children have pipes.</summary>
    public WindowsHost()
    {
        (Absent, SharesPortLater, Sockets) = (AbsentKeys.All, false, new WindowsSockets(Names));
        DoubtOfSharedPorts = AbsentKeys.DoubtOfSharedPorts;
        (HasControlFile, ControlComplaint) = (false, PipeName.Complaint);
    }

    /// <inheritdoc/>
    public override IFiles Files { get; } = new WindowsFiles();

    /// <inheritdoc/>
    public override INames Names { get; } = new WindowsNames();

    /// <inheritdoc/>
    public override IOwnProcess Process { get; } = new WindowsOwnProcess();

    /// <inheritdoc/>
    public override IPrograms Programs { get; } = new WindowsPrograms();

    /// <inheritdoc/>
    internal override ISockets Sockets { get; }

    /// <inheritdoc/>
    public override Errno? AbsenceOf(AddressFamily family, SocketType type, ProtocolType protocol) =>
        family switch
        {
            AddressFamily.InterNetwork => Socket.OSSupportsIPv4,
            AddressFamily.InterNetworkV6 => Socket.OSSupportsIPv6,
            _ => false,
        }
        ? null
        : Errno.EAFNOSUPPORT;

    /// <inheritdoc/>
    internal override IProcesses CreateProcesses(EngineParts parts) => new PipedProcesses(new WindowsChildren(), parts);
}
