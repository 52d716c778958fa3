using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Programs;

namespace NetSuperd.Linux.Config.Programs;

/// <summary>Programs as execve(2) starts them.</summary>
internal sealed class LinuxPrograms : IPrograms
{
    /// <inheritdoc/>
    public ChildFds Fds => ChildFds.Stdio;

    /// <inheritdoc/>
    public string Cwd => "/";

    /// <inheritdoc/>
    public string? Obstacle(string program, string? chroot)
    {
        using var inside = chroot is null ? null : RootedPath.Open(chroot, program);
        var path = chroot is null ? program : inside?.Path;
        return path is null || FileStatus.Of(path) is not { } status ? $"there is no program '{program}'{Below(chroot)}"
            : status.Type == FileType.Directory ? $"'{program}' is not a program but a folder"
            : status.Type != FileType.Regular ? $"'{program}' is not a program but a special file"
            : !FileStatus.IsExecutable(path) ? $"'{program}' is not executable for this user"
            : null;
    }

    /// <inheritdoc/>
    public ProgramJudgement Judge(ChildProgram program, bool isOwn)
    {
        var way = new ChildPath(program.Chroot, program.User, [program.Group, .. program.Groups.Ids], isOwn);
        return ProgramCheck.Complaint(program.Path, way, program.User.Name, Below(program.Chroot)) is { } complaint
            ? new ProgramJudgement(complaint, null, [])
            : new ProgramJudgement(null, ProgramCheck.Endless(program, way), [.. ProgramCheck.Doubts(program, way)]);
    }

    /// <inheritdoc/>
    public string? InterpreterOf(string file) => ProgramHead.Read(file)?.Interpreter is ['/', ..] interpreter ? interpreter : null;

    private static string Below(string? chroot) => chroot is null ? "" : $" below '{chroot}'";
}
