using System.CommandLine;
using System.Net.Sockets;
using System.Security.Principal;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Control;
using NetSuperd.Hosting;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Windows.Calls;
using NetSuperd.Windows.Commands;
using NetSuperd.Windows.Control;
using NetSuperd.Windows.Files;
using NetSuperd.Windows.Hosting;
using NetSuperd.Windows.Logging;

namespace NetSuperd.Windows;

/// <summary>What the daemon and its commands have of Windows.</summary>
/// <param name="service">The service that this process is; null: it is none.</param>
internal sealed class WindowsInstallation(WindowsService? service) : Installation
{
    private EventSource Events => new(service?.Name ?? EventSource.DefaultName);

    /// <inheritdoc/>
    public override Host Host { get; } = new WindowsHost();

    /// <inheritdoc/>
    /// <remarks>In ProgramData, where others may add files: the map is not read before its folder keeps them out (AccessList).</remarks>
    public override string DefaultConfig { get; } = Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData), "netsuperd", "netsuperd.toml");

    /// <inheritdoc/>
    public override string ControlNoun => "control pipe";

    /// <inheritdoc/>
    public override string Operators => "administrators and its own account";

    /// <inheritdoc/>
    public override IControlDoor Door { get; } = new PipeDoor();

    /// <summary>Whether standard error is the event log, as it is in a service: such a process has no standard streams.</summary>
    public override bool StandardErrorTakesLevels => service is not null;

    /// <inheritdoc/>
    /// <remarks>In the words that a program for Linux prints; those of Windows depend on its language.</remarks>
    public override string Reason(SocketException failure) =>
        WinsockError.Errno(failure.SocketErrorCode) is not Errno.EIO and var known ? known.Reason() : base.Reason(failure);

    /// <inheritdoc/>
    public override (int Columns, int Rows)? TerminalSize => ConsoleScreen.Size;

    /// <inheritdoc/>
    public override Stream StandardOutput() => new CountedStream(ConsoleScreen.Open(), "standard output", isOwn: false);

    /// <inheritdoc/>
    public override Stream StandardError() => service is null
        ? new CountedStream(Console.OpenStandardError(), "standard error", isOwn: false)
        : new EventLogStream(Events, areLines: false);

    /// <inheritdoc/>
    public override Stream Lines(SafeFileHandle file)
    {
        var stream = new FileStream(file, FileAccess.Write, bufferSize: 0);
        stream.Seek(0, SeekOrigin.End);
        return new CountedStream(stream, WindowsFile.PathOf(file) ?? "the log file", isOwn: true);
    }

    /// <inheritdoc/>
    public override LogTarget Placed(LogTarget target) =>
        service is not null && target == LogTarget.Stderr ? LogTarget.EventLog : target;

    /// <inheritdoc/>
    /// <remarks>The only one: a map that names another does not load.</remarks>
    public override Stream LogService(LogTarget target) => new EventLogStream(Events, areLines: true);

    /// <inheritdoc/>
    public override IPidFile WritePidFile(string path) => WindowsPidFile.Write(path);

    /// <inheritdoc/>
    public override IProcessEnd? EndOf(int pid) => ProcessEnd.Of(pid);

    /// <inheritdoc/>
    public override string? NameOf(object user) => Accounts.NameOf(new SecurityIdentifier((string)user));

    /// <inheritdoc/>
    public override IEnumerable<Command> Commands(Option<string?> control, Option<string?> config) => [ServiceCommand.Create()];

    /// <inheritdoc/>
    public override IDisposable Listen(DaemonLifetime lifetime)
    {
        service?.Attach(lifetime);
        return new ConsoleStop(lifetime);
    }

    /// <inheritdoc/>
    public override (IServiceManager Manager, Succession Succession) Start() =>
        (service ?? (IServiceManager)new NoServiceManager(),
            new NoSuccession("a restart without closing the sockets is not possible on Windows: stop and start it"));

    /// <inheritdoc/>
    public override IDisposable KeepForStop() => new MemoryStream();

    /// <inheritdoc/>
    public override void Exit(int status)
    {
        service?.Stopped(status);
        Environment.Exit(status);
    }
}
