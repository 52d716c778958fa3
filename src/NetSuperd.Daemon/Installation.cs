using System.CommandLine;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Control;
using NetSuperd.Hosting;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config;

namespace NetSuperd;

/// <summary>
/// What the daemon and its commands have of the system that the program is for. The program makes one, before anything else.
/// </summary>
internal abstract class Installation
{
    private static Installation? _current;

    /// <summary>That of this process.</summary>
    public static Installation Current
    {
        get => _current ?? throw new InvalidOperationException("the program has not said what it has of its system");
        set => _current = value;
    }

    /// <summary>What the system offers the engine.</summary>
    public abstract Host Host { get; }

    /// <summary>The map where no other is named.</summary>
    public abstract string DefaultConfig { get; }

    /// <summary>Why there is no place for operators where the map names none.</summary>
    public virtual string WhyNoControl => "this system has no default one";

    /// <summary>What the place is at which operators reach a daemon.</summary>
    public virtual string ControlNoun => "control socket";

    /// <summary>The users that a daemon answers there.</summary>
    public virtual string Operators =>
        "root and its own user here; a group may ask at status.sock beside it, if daemon.status_group names one";

    /// <summary>How operators reach a daemon.</summary>
    public abstract IControlDoor Door { get; }

    /// <summary>The arguments of this process byte for byte, the program's name first; none where the system has them as text.</summary>
    public virtual IReadOnlyList<byte[]> Arguments => [];

    /// <summary>Why a call of a client has failed.</summary>
    public virtual string Reason(SocketException failure) => Marshal.GetPInvokeErrorMessage(failure.NativeErrorCode);

    /// <summary>The size of the terminal of standard output; null: it does not know.</summary>
    public virtual (int Columns, int Rows)? TerminalSize => null;

    /// <summary>Whether standard error is read by a log service, which takes levels in front of the lines (sd-daemon(3)).</summary>
    public virtual bool StandardErrorTakesLevels => false;

    /// <summary>
    /// Standard output, which stays open after the stream. It gets lines, and its position tells how many bytes of them were taken.
    /// </summary>
    /// <remarks>A write that fails throws a <see cref="CallException"/>.</remarks>
    public abstract Stream StandardOutput();

    /// <inheritdoc cref="StandardOutput"/>
    /// <summary>Standard error.</summary>
    public abstract Stream StandardError();

    /// <inheritdoc cref="StandardOutput"/>
    /// <summary>A file that gets lines, and belongs to the stream.</summary>
    public abstract Stream Lines(SafeFileHandle file);

    /// <summary>Where the log goes in fact for a target of the map: another one where the process has nothing of the kind.</summary>
    public virtual LogTarget Placed(LogTarget target) => target;

    /// <summary>A log service of the system.</summary>
    /// <exception cref="CallException">It cannot be reached.</exception>
    public abstract Stream LogService(LogTarget target);

    /// <summary>How a file is created that every user may read. A symbolic link that another user has put there is not followed.</summary>
    public virtual FileStreamOptions NewFile => new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };

    /// <summary>Writes the file that holds the daemon's process id.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">
    /// This user may not write it, or another could change what the path leads to.
    /// </exception>
    public abstract IPidFile WritePidFile(string path);

    /// <summary>The end of a process; null: there is no such process.</summary>
    public abstract IProcessEnd? EndOf(int pid);

    /// <summary>The name of a user; null: it has none.</summary>
    /// <param name="user">The user, as <see cref="ControlPeer"/> has it.</param>
    public abstract string? NameOf(object user);

    /// <summary>The user of the login that a process comes from, as <see cref="ControlPeer"/> has it; null: that is not known.</summary>
    public virtual object? LoginOf(int pid) => null;

    /// <summary>The commands that only this system has.</summary>
    public virtual IEnumerable<Command> Commands(Option<string?> control, Option<string?> config) => [];

    /// <summary>Passes to the daemon what the system asks of it, such as signals, until the result is disposed of.</summary>
    public abstract IDisposable Listen(DaemonLifetime lifetime);

    /// <summary>What the daemon was started by, and what it was given.</summary>
    public abstract (IServiceManager Manager, Succession Succession) Start();

    /// <summary>Keeps back what a stop needs of the system, until the stop begins.</summary>
    public abstract IDisposable KeepForStop();

    /// <summary>Ends the process at once, whatever its threads do.</summary>
    public abstract void Exit(int status);
}
