using System.CommandLine;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Commands;
using NetSuperd.Control;
using NetSuperd.Hosting;
using NetSuperd.Linux;
using NetSuperd.Logging;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config;

namespace NetSuperd;

/// <summary>What the daemon and its commands have of Linux.</summary>
internal sealed class LinuxInstallation : Installation
{
    // The number of no login (credentials(7) has none; audit_uid in linux/audit.h).
    private const uint NoLogin = uint.MaxValue;

    /// <inheritdoc/>
    public override Host Host { get; } = new LinuxHost();

    /// <inheritdoc/>
    public override string DefaultConfig => "/etc/netsuperd/netsuperd.toml";

    /// <inheritdoc/>
    public override string WhyNoControl => "XDG_RUNTIME_DIR is not set, without which only root has a default one";

    /// <inheritdoc/>
    public override IControlDoor Door { get; } = new UnixDoor();

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Arguments => ProcessArguments.Read();

    /// <inheritdoc/>
    public override (int Columns, int Rows)? TerminalSize => Native.TerminalSize.Of(Terminal.Output);

    /// <summary>Whether standard error is the journal: systemd tells device and inode in <c>JOURNAL_STREAM</c> (systemd.exec(5)).</summary>
    public override bool StandardErrorTakesLevels =>
        Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { } stream
        && FileStatus.Of("/proc/self/fd/2") is { } file
        && stream == string.Create(CultureInfo.InvariantCulture, $"{file.Id.Device}:{file.Id.Inode}");

    /// <inheritdoc/>
    public override FileStreamOptions NewFile => new()
    {
        Mode = FileMode.CreateNew, Access = FileAccess.Write,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
    };

    /// <inheritdoc/>
    public override Stream StandardOutput() => LineStream.OfStandardOutput();

    /// <inheritdoc/>
    public override Stream StandardError() => LineStream.OfStandardError();

    /// <inheritdoc/>
    public override Stream Lines(SafeFileHandle file) => new LineStream(file);

    /// <inheritdoc/>
    public override Stream LogService(LogTarget target) => target == LogTarget.Journal
        ? new JournalStream(JournalStream.JournalSocket, StandardError())
        : new SyslogStream(SyslogStream.SyslogSocket, StandardError());

    /// <inheritdoc/>
    public override IPidFile WritePidFile(string path) => PidFile.Write(path);

    /// <inheritdoc/>
    public override IProcessEnd? EndOf(int pid) => ProcessHandle.Open(pid);

    /// <inheritdoc/>
    public override string? NameOf(object user) => Host.Names.User((uint)user)?.Name;

    /// <inheritdoc/>
    public override object? LoginOf(int pid)
    {
        try
        {
            var text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/loginuid"));
            return uint.TryParse(text, CultureInfo.InvariantCulture, out var user) && user != NoLogin ? (object)user : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The kernel does not keep it, or the process has ended.
            return null;
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<Command> Commands(Option<string?> control, Option<string?> config) =>
        [TopCommand.Create(control, config), WebCommand.Create(control, config)];

    /// <inheritdoc/>
    public override IDisposable Listen(DaemonLifetime lifetime) => new DaemonSignals(lifetime);

    /// <inheritdoc/>
    public override (IServiceManager Manager, Succession Succession) Start()
    {
        var manager = new ServiceManager();
        var inherited = Inherited.Take();
        manager.Remember(inherited.Sockets);
        return (manager, new Restart(manager, inherited));
    }

    /// <inheritdoc/>
    public override IDisposable KeepForStop() => new KeptDescriptors();

    /// <inheritdoc/>
    public override void Exit(int status) => ProcessIdentity.Exit(status);
}
