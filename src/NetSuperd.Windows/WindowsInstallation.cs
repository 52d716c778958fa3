using System.Security.Principal;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Control;
using NetSuperd.Hosting;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Windows.Control;
using NetSuperd.Windows.Hosting;

namespace NetSuperd.Windows;

/// <summary>What the daemon and its commands have of Windows.</summary>
internal sealed class WindowsInstallation : Installation
{
    /// <inheritdoc/>
    public override Host Host { get; } = new WindowsHost();

    /// <inheritdoc/>
    /// <remarks>Beside the program: every user may create folders in ProgramData, and no access control list is judged yet.</remarks>
    public override string DefaultConfig => Path.Combine(AppContext.BaseDirectory, "netsuperd.toml");

    /// <inheritdoc/>
    public override string ControlNoun => "control pipe";

    /// <inheritdoc/>
    public override string Operators => "administrators and its own account";

    /// <inheritdoc/>
    public override IControlDoor Door { get; } = new PipeDoor();

    /// <inheritdoc/>
    public override Stream StandardOutput() => new CountedStream(Console.OpenStandardOutput(), "standard output", isOwn: false);

    /// <inheritdoc/>
    public override Stream StandardError() => new CountedStream(Console.OpenStandardError(), "standard error", isOwn: false);

    /// <inheritdoc/>
    public override Stream Lines(SafeFileHandle file)
    {
        var stream = new FileStream(file, FileAccess.Write, bufferSize: 0);
        stream.Seek(0, SeekOrigin.End);
        return new CountedStream(stream, stream.Name, isOwn: true);
    }

    /// <inheritdoc/>
    public override Stream LogService(LogTarget target) =>
        throw new CallException("OpenEventLog", $"{target}", Errno.EOPNOTSUPP);

    /// <inheritdoc/>
    public override IPidFile WritePidFile(string path) => new WindowsPidFile(path);

    /// <inheritdoc/>
    public override IProcessEnd? EndOf(int pid) => ProcessEnd.Of(pid);

    /// <inheritdoc/>
    public override string? NameOf(object user) => Accounts.NameOf(new SecurityIdentifier((string)user));

    /// <inheritdoc/>
    public override IDisposable Listen(DaemonLifetime lifetime) => new ConsoleStop(lifetime);

    /// <inheritdoc/>
    public override (IServiceManager Manager, Succession Succession) Start() =>
        (new NoServiceManager(), new NoSuccession("a restart without closing the sockets is not possible on Windows: stop and start it"));

    /// <inheritdoc/>
    public override IDisposable KeepForStop() => new MemoryStream();

    /// <inheritdoc/>
    public override void Exit(int status) => Environment.Exit(status);
}
