using System.Net.Sockets;
using NetSuperd.Linux.Config.Programs;
using NetSuperd.Linux.Listen;
using NetSuperd.Linux.Spawn;
using NetSuperd.Linux.Workers;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config.Programs;
using NetSuperd.Server.Listen;

namespace NetSuperd.Linux;

/// <summary>What Linux offers the engine.</summary>
public sealed class LinuxHost : Host
{
    /// <summary>Makes the host.</summary>
    public LinuxHost() => Absent = new Dictionary<string, string>
    {
        ["log.target.eventlog"] = "it is the event log of Windows; the logs of Linux are \"journal\" and \"syslog\"",
        ["services.fds.pipes"] = "children of Linux have the connection itself, as \"stdio\", the default, gives it to them",
    };

    /// <inheritdoc/>
    public override IFiles Files { get; } = new LinuxFiles();

    /// <inheritdoc/>
    public override INames Names { get; } = new LinuxNames();

    /// <inheritdoc/>
    public override IOwnProcess Process { get; } = new LinuxProcess();

    /// <inheritdoc/>
    public override IPrograms Programs { get; } = new LinuxPrograms();

    /// <inheritdoc/>
    public override IConnectionUsers ConnectionUsers { get; } = new ConnectionUsers();

    /// <inheritdoc/>
    public override Errno? AbsenceOf(AddressFamily family, SocketType type, ProtocolType protocol) =>
        SocketDomain.Absence(family, type, protocol);

    /// <inheritdoc/>
    internal override ISockets Sockets { get; } = new LinuxSockets();

    /// <inheritdoc/>
    internal override ISharing Sharing => field ??= new LinuxSharing(this);

    /// <inheritdoc/>
    internal override IProcesses CreateProcesses(EngineParts parts)
    {
        var (loop, tally, time, helper) = (parts.Loop, parts.Tally, parts.Time, parts.Request.ExecHelper);
        var spawner = new Spawner(loop, tally, parts.Loggers.CreateLogger("NetSuperd"), time);
        return new Processes(spawner, WorkerSet.Of(spawner, loop, tally, parts.Host, parts.Loggers, time, helper), loop, helper);
    }
}
