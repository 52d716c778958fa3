using NetSuperd.Platform;

namespace NetSuperd.Control;

/// <summary>Why the control socket cannot be at its path.</summary>
/// <param name="Message">Path, reason and remedy.</param>
/// <param name="Obstacle">What is in the way.</param>
internal sealed record ControlBindFailure(string Message, ControlObstacle Obstacle)
{
    private static string Noun => Installation.Current.ControlNoun;

    /// <summary>The exit status of a daemon that does not start because of it.</summary>
    public int Status => Obstacle == ControlObstacle.Permission ? ExitStatus.NoPermission : ExitStatus.System;

    /// <summary>Another daemon answers at the path.</summary>
    public static ControlBindFailure InUse(string path) => new(
        $"cannot listen on the {Noun} {path}: another daemon answers there; "
        + "stop it, or set another path as daemon.control",
        ControlObstacle.InUse);

    /// <summary>Another process has the name.</summary>
    public static ControlBindFailure Taken(string path, int? pid) => new(
        $"cannot listen on the {Noun} {path}: {(pid is null ? "another process" : $"process {pid}")} has this name; "
        + "stop it, or set another one as daemon.control",
        ControlObstacle.InUse);

    /// <summary>Something else is at the path.</summary>
    public static ControlBindFailure NoSocket(string path) => new(
        $"cannot listen on the {Noun} {path}: the path is that of a file, not of a socket; "
        + "remove the file, or set another path as daemon.control",
        ControlObstacle.NoSocket);

    /// <summary>A system call failed.</summary>
    public static ControlBindFailure Of(string path, Errno errno)
    {
        var remedy = errno switch
        {
            Errno.EACCES => "; this user may not create a file in the folder",
            Errno.ENOENT => "; the folder does not exist",
            _ => "",
        };
        return new ControlBindFailure(
            $"cannot listen on the {Noun} {path}: {errno.Reason().ToLowerInvariant()}{remedy}",
            errno is Errno.EACCES or Errno.EPERM ? ControlObstacle.Permission : ControlObstacle.System);
    }

    /// <summary>A call of the runtime failed.</summary>
    public static ControlBindFailure Of(string path, Exception failure) => new(
        $"cannot listen on the {Noun} {path}: {failure.Message}",
        failure is UnauthorizedAccessException ? ControlObstacle.Permission : ControlObstacle.System);
}

/// <summary>What keeps a control socket from its path.</summary>
internal enum ControlObstacle
{
    /// <summary>A daemon that lives.</summary>
    InUse,

    /// <summary>A file or folder.</summary>
    NoSocket,

    /// <summary>A right that is missing.</summary>
    Permission,

    /// <summary>Any other failure of a system call.</summary>
    System,
}
