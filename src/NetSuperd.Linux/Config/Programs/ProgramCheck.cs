using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Linux.Config.Programs;

/// <summary>Whether a child can execute its program, as far as that is certain before one is started.</summary>
internal static class ProgramCheck
{
    private const UnixFileMode EveryExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Why a child cannot execute a file; null where no reason is known.</summary>
    /// <param name="program">The file as the child sees it.</param>
    /// <param name="way">Resolves paths for the child.</param>
    /// <param name="user">The name of its user.</param>
    /// <param name="below">Its root directory, for messages.</param>
    public static string? Complaint(string program, ChildPath way, string user, string below)
    {
        var (file, because) = (program, "");
        for (var depth = 0; depth <= ExecLimits.MostInterpreters; depth++)
        {
            if (way.Find(file, out var obstacle) is not { } found || FileStatus.Of(found) is not { } status)
            {
                return obstacle is not null
                    ? $"user '{user}' cannot reach '{file}'{below}{because}: it may not enter '{obstacle}'; "
                        + "grant that (chmod, setfacl), or choose another user or another path for the program"
                    : $"there is no program '{file}'{below}{because}";
            }

            if (status.Type != FileType.Regular)
            {
                return $"'{file}'{below} is not a program{because}";
            }

            if (RightsComplaint(found, status, way, user, $"'{file}'{below}{because}") is { } unfit)
            {
                return unfit;
            }

            if (ProgramHead.Read(found) is not { Interpreter: { } interpreter } head)
            {
                return null;
            }

            var isScript = head.Kind == ProgramKind.Script;
            if (isScript && depth == ExecLimits.MostInterpreters)
            {
                return $"'{program}'{below} is a script whose interpreters are scripts, "
                    + $"more than the {ExecLimits.MostInterpreters} that the system follows";
            }

            if (isScript && FirstLineComplaint(file, below, interpreter) is { } wrong)
            {
                return wrong;
            }

            if (isScript && !way.May(found, status, UnixFileMode.OtherRead))
            {
                return $"user '{user}' may not read the script '{file}'{below}, which its interpreter does; run: "
                    + $"chmod o+r {ShellPath.Quoted(file)}";
            }

            because = isScript ? $", which the first line of '{file}' names" : $", the loader that '{file}' needs";
            file = interpreter;
        }

        return null;
    }

    /// <summary>Why a user may not execute a file; null where it may.</summary>
    private static string? RightsComplaint(string found, FileStatus status, ChildPath way, string user, string file)
    {
        if (!way.May(found, status, UnixFileMode.OtherExecute))
        {
            return $"user '{user}' may not execute {file}; grant that (chmod, setfacl), or choose another user or group";
        }

        // Permissions do not stop root.
        return status.Mode.HasFlag(EveryExecute) && ProcessIdentity.EffectiveUserId == 0 && !FileStatus.IsExecutable(found)
            ? $"no user may execute {file}: its file system is mounted with noexec; move the file to another one"
            : null;
    }

    private static string? FirstLineComplaint(string file, string below, string interpreter) =>
        interpreter.EndsWith('\r')
            ? $"the first line of '{file}'{below} ends with a carriage return, "
                + $"which the system takes for a part of the interpreter's name; run: sed -i 's/\\r$//' {ShellPath.Quoted(file)}"
        : !interpreter.StartsWith('/')
            ? $"the first line of '{file}'{below} names '{interpreter}', "
                + "which the system looks for in the working directory; write its absolute path"
        : null;

    /// <summary>The likely problems of a program that can be executed.</summary>
    /// <param name="service">The service's program.</param>
    /// <param name="way">Resolves paths for its children.</param>
    public static IEnumerable<string> Doubts(ChildProgram service, ChildPath way)
    {
        if (way.Find(service.Path, out _) is not { } found || ProgramHead.Read(found) is not { } head)
        {
            yield break;
        }

        if (head.Kind == ProgramKind.Script && head.Argument.EndsWith('\r'))
        {
            yield return $"the first line of '{service.Path}' ends with a carriage return, "
                + "which its interpreter takes for a part of the argument";
        }
        else if (Sought(head, service) is { } name && !service.SearchPath.Any(folder => way.Find($"{folder}/{name}", out _) is not null))
        {
            yield return $"the first line of '{service.Path}' has env(1) look for '{name}', which no folder of the child's PATH has; "
                + "write its absolute path there, or give the service a PATH: env = { PATH = \"...\" }";
        }
        else if (head.Kind == ProgramKind.Foreign)
        {
            yield return $"'{service.Path}' is an ELF program for another processor; "
                + "the system executes it only where binfmt_misc knows it";
        }
        else if (head.Kind == ProgramKind.Other)
        {
            yield return $"'{service.Path}' is not an ELF program and does not begin with \"#!\"; "
                + "the system executes it only where binfmt_misc knows it";
        }

        // Programs that execute what an argument names are common: env(1), nice(1), tcpd(8).
        foreach (var file in service.NoNewPrivs ? service.Arguments.Insert(0, service.Argv0).Insert(0, service.Path).Distinct() : [])
        {
            if (file.StartsWith('/') && RightsOf(file, service, way) is { } rights)
            {
                yield return $"'{file}' {rights}, and no_new_privs = true, the default, makes that void; "
                    + "write no_new_privs = false if the program needs it";
            }
        }
    }

    /// <summary>The message about a program that would only execute itself, and how to write what was meant; null for any other.</summary>
    /// <remarks>
    /// tcpd(8) executes the program that its own name, <c>argv[0]</c>, says; its arguments follow from <c>argv[1]</c> on.
    /// </remarks>
    public static string? Endless(ChildProgram service, ChildPath way)
    {
        const string Tcpd = "tcpd";
        if (way.Find(service.Path, out _) is not { } found || Path.GetFileName(service.Argv0) is not { } named)
        {
            return null;
        }

        var isTcpd = Path.GetFileName(service.Path) == Tcpd || Path.GetFileName(found) == Tcpd;
        var isItself = service.Argv0.StartsWith('/') ? way.Find(service.Argv0, out _) == found : named == Tcpd;
        return isTcpd && isItself
            ? $"'{service.Path}' executes the program that argv0 names, which is tcpd again, without end; write exec = "
                + $"[{TomlWriter.Text(service.Path)}] with argv0 = "
                + $"{TomlWriter.Text(service.Arguments is [var meant, ..] ? meant : "/usr/sbin/in.fingerd")}, "
                + "or execute the program itself and use allow and deny"
            : null;
    }

    /// <summary>
    /// The program that env(1) looks up for a script: <c>#!/usr/bin/env NAME</c> or, with arguments, <c>-S NAME</c>. Null where that is
    /// uncertain.
    /// </summary>
    private static string? Sought(ProgramHead head, ChildProgram service)
    {
        const string Split = "-S ";
        if (head.Kind != ProgramKind.Script || Path.GetFileName(head.Interpreter) != "env" || service.PassEnv.Contains("PATH"))
        {
            return null;
        }

        var name = head.Argument.StartsWith(Split, StringComparison.Ordinal)
            ? head.Argument[Split.Length..].TrimStart().Split(' ', '\t')[0]
            : head.Argument;
        return name.Length > 0
            && name[0] != '-'
            && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '+' or '-')
            ? name
            : null;
    }

    private static string? RightsOf(string file, ChildProgram service, ChildPath way) =>
        way.Find(file, out _) is not { } found
            || FileStatus.Of(found) is not { Type: FileType.Regular } status
            || ProgramHead.Read(found)?.Kind != ProgramKind.Elf
            ? null
        : status.Mode.HasFlag(UnixFileMode.SetUser) && status.UserId != service.User.UserId ? "has the set-user-ID bit"
        : status.Mode.HasFlag(UnixFileMode.SetGroup | UnixFileMode.GroupExecute) && status.GroupId != service.Group
            ? "has the set-group-ID bit"
        : service.User.UserId != 0 && ExtendedAttributes.HasCapabilities(found) ? "has capabilities"
        : null;
}
