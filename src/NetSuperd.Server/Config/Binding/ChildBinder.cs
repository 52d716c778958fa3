using System.Collections.Immutable;
using System.Text;
using NetSuperd.Native;
using NetSuperd.Server.Config.Files;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Kinds;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Programs;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Binding;

/// <summary>Makes the program of a service with <c>exec</c>: every name is looked up now, and not while a client waits.</summary>
/// <param name="problems">Receives the problems.</param>
/// <param name="request">The user that asks, and whether for errors or warnings.</param>
/// <param name="surroundings">The daemon's user and rights.</param>
/// <param name="judge">Judges paths.</param>
internal sealed class ChildBinder(Problems problems, LoadRequest request, Surroundings surroundings, PathJudge judge)
{
    // The least limits with which a dynamically linked program can start: its stack, the program and the C library, and one file beside the
    // three standard ones.
    private static readonly Dictionary<string, ulong> LeastLimits = new()
    {
        ["as"] = 1 << 20, ["nofile"] = 4, ["nproc"] = 1, ["stack"] = 1 << 16,
    };

    private readonly Dictionary<string, (string? Complaint, string? Endless, ImmutableArray<string> Doubts)> _judged = [];

    /// <summary>Binds the service; null after an error that makes it useless.</summary>
    public Service? Bind(Entry entry, Section<Service> section, Reading reading)
    {
        var chroot = section.TryGet(ServiceKeys.Chroot, out var root) ? root : null;
        var cwd = section.Get(ServiceKeys.Cwd);
        var enabled = section.Get(ServiceKeys.Enabled);
        var lacking = UnknownNames(section).ToList();
        if (enabled)
        {
            lacking.AddRange(MissingFolders(section, chroot, cwd)
                .Where(folder => reading.ReportMissing(folder.At, folder.Message))
                .Select(folder => folder.Message));
            CheckRights(entry, section);
            CheckLimits(section);
            CheckLengths(section);
            CheckSense(section);
        }

        var isNamed = section.TryGet(ServiceKeys.User, out var named);
        if (!section.TryGet(ServiceKeys.Exec, out var exec) || (!isNamed && section.At(ServiceKeys.User) is not null))
        {
            return null;
        }

        var array = (ArrayNode)section.Node(ServiceKeys.Exec)!;
        if (ExecComplaint(exec) is { } complaint)
        {
            problems.Error(array.Items.Count > 0 ? array.Items[0].At : array.At, complaint);
            return null;
        }

        if (enabled && ProgramComplaint(exec[0], chroot) is { } missing)
        {
            if (!reading.ReportMissing(array.Items[0].At, missing))
            {
                return null;
            }

            lacking.Add(missing);
        }

        var user = isNamed ? named : Own();
        if (enabled && user.UserId == 0)
        {
            // A program that another user can change would run as root. A chroot does not help: root can leave it (chroot(2)).
            judge.JudgeProgram(exec[0], chroot, array.Items[0].At);
        }

        var group = section.TryGet(ServiceKeys.Group, out var other) ? other : user.GroupId;
        var groups = section.Get(ServiceKeys.Groups);
        var program = new ChildProgram
        {
            Path = exec[0],
            Arguments = exec[1..],
            Argv0 = section.TryGet(ServiceKeys.Argv0, out var argv0) ? argv0 : exec[0],
            Wait = section.Get(ServiceKeys.Wait),
            User = user,
            Group = group,
            UnknownGroup = UnknownGroup(section),
            Groups = groups.Choice == GroupsChoice.Init && enabled && lacking.Count == 0
                ? groups with { Ids = [.. NameService.Groups(user.Name, group)] }
                : groups,
            Cwd = cwd,
            Chroot = chroot,
            Umask = section.Get(ServiceKeys.Umask),
            Nice = section.GetOrNull(ServiceKeys.Nice),
            NoNewPrivs = section.Get(ServiceKeys.NoNewPrivs),
            Limits = section.Get(ServiceKeys.Limits),
            Env = section.Get(ServiceKeys.Env),
            PassEnv = section.Get(ServiceKeys.PassEnv),
            Stderr = section.Get(ServiceKeys.Stderr),
            Fds = section.Get(ServiceKeys.Fds),
        };
        if (enabled && lacking.Count == 0 && Judge(program, array.Items[0].At) is { } unfit)
        {
            if (!reading.ReportMissing(array.Items[0].At, unfit))
            {
                return null;
            }

            lacking.Add(unfit);
        }

        return new Service
        {
            Name = entry.Key,
            Program = program,
            Settings = Settings.Empty,
            Admission = AdmissionBinder.Bind(problems, section, isHandler: false),
            Enabled = enabled,
            Unavailable = lacking.Count == 0 ? null : string.Join("; ", lacking),
            At = entry.KeyAt,
            HandlerAt = entry.KeyAt,
        };
    }

    private UserEntry Own() =>
        NameService.User(surroundings.UserId)
            ?? new UserEntry($"{surroundings.UserId}", surroundings.UserId, surroundings.UserId, "/", "/bin/sh");

    /// <summary>The missing names that have been reported, and that the map does without.</summary>
    private static IEnumerable<string> UnknownNames(Section<Service> section)
    {
        if (section.TryGet(ServiceKeys.User, out var user) && user.UserId == NameCache.NoId)
        {
            yield return NameCache.Unknown("user", user.Name);
        }

        var listed = section.TryGet(ServiceKeys.Groups, out var groups) ? groups.Unknown : [];
        foreach (var name in UnknownGroup(section) is { } group ? listed.Insert(0, group) : listed)
        {
            yield return NameCache.Unknown("group", name);
        }
    }

    private static string? UnknownGroup(Section<Service> section) =>
        section.TryGet(ServiceKeys.Group, out var group) && group == NameCache.NoId
            ? (string)((ScalarNode)section.Node(ServiceKeys.Group)!).Value
            : null;

    private static IEnumerable<(Position At, string Message)> MissingFolders(Section<Service> section, string? chroot, string cwd)
    {
        if (section.At(ServiceKeys.Chroot) is { } rootAt && chroot is not null && FileStatus.Of(chroot) is not { Type: FileType.Directory })
        {
            yield return (rootAt, $"there is no folder '{chroot}'");
        }
        else if (section.At(ServiceKeys.Cwd) is { } cwdAt && InRoot(chroot, cwd, FileStatus.Of) is not { Type: FileType.Directory })
        {
            yield return (cwdAt, $"there is no folder '{cwd}'{Below(chroot)}");
        }
    }

    /// <summary>Only root can change the user; and a program that root starts without <c>user</c> would run as root.</summary>
    private void CheckRights(Entry entry, Section<Service> section)
    {
        if (section.TryGet(ServiceKeys.Chroot, out var root))
        {
            judge.Judge(root, section.At(ServiceKeys.Chroot)!);
        }

        if (surroundings.UserId == 0)
        {
            if (section.At(ServiceKeys.User) is null)
            {
                Depending(
                    entry.KeyAt,
                    $"services.{TomlWriter.Key(entry.Key)} needs user = \"NAME\", because the daemon is root; "
                    + "with user = \"root\" its children are root too");
            }

            if (!surroundings.MaySetGroups && section.TryGet(ServiceKeys.Groups, out var listed) && listed.Choice != GroupsChoice.Init)
            {
                Depending(
                    section.At(ServiceKeys.Groups)!,
                    "this user namespace forbids setting groups (/proc/self/setgroups, user_namespaces(7)): leave 'groups' out, and "
                    + "children keep the daemon's groups");
            }

            return;
        }

        var own = Own();
        if (section.TryGet(ServiceKeys.User, out var user) && user.UserId != own.UserId && user.UserId != NameCache.NoId)
        {
            Depending(section.At(ServiceKeys.User)!, $"only root can start children as '{user.Name}'; this daemon is '{own.Name}'");
        }

        if (section.TryGet(ServiceKeys.Group, out var group) && group != own.GroupId && group != NameCache.NoId)
        {
            Depending(section.At(ServiceKeys.Group)!, "only root can give children another group");
        }

        if (section.TryGet(ServiceKeys.Groups, out var groups) && groups.Choice != GroupsChoice.Init)
        {
            Depending(section.At(ServiceKeys.Groups)!, "only root can give children other groups");
        }

        if (section.At(ServiceKeys.Chroot) is { } chroot)
        {
            Depending(chroot, "only root can change the root directory");
        }

        if (section.TryGet(ServiceKeys.Nice, out var nice) && nice < 0)
        {
            Depending(section.At(ServiceKeys.Nice)!, "only root can raise the priority");
        }
    }

    private void CheckLimits(Section<Service> section)
    {
        foreach (var limit in section.Get(ServiceKeys.Limits))
        {
            var resource = Resource.All.First(known => known.Name == limit.Name);
            if (!surroundings.MayRaiseLimits && HardLimit.Of(resource.Number) is var own && limit.Hard > own)
            {
                Depending(
                    section.At(ServiceKeys.Limits)!,
                    $"'limits.{limit.Name}': the daemon's own hard limit is {resource.Format(own)}, "
                    + "and without CAP_SYS_RESOURCE no limit can be above it");
            }
            else if (LeastLimits.TryGetValue(limit.Name, out var least) && limit.Soft < least)
            {
                problems.Warning(
                    section.At(ServiceKeys.Limits)!,
                    $"'limits.{limit.Name}': hardly any program can start with less than {resource.Format(least)}");
            }
            else if (limit.Name == "nofile" && limit.Hard > surroundings.MostDescriptors)
            {
                Depending(
                    section.At(ServiceKeys.Limits)!,
                    $"'limits.nofile': the system allows a process at most {surroundings.MostDescriptors} (/proc/sys/fs/nr_open)");
            }
        }
    }

    /// <summary>The system passes nothing longer to a program (execve(2), E2BIG).</summary>
    private void CheckLengths(Section<Service> section)
    {
        var items = section.Node(ServiceKeys.Exec) is ArrayNode exec
            ? exec.Items.OfType<ScalarNode>().Where(item => item.Value is string)
            : [];
        foreach (var item in items.Where(item => !HasRoom((string)item.Value)))
        {
            problems.Error(item.At, $"an argument has at most {ExecLimits.MostOfAString} bytes, the limit of the system");
        }

        foreach (var (name, _) in section.Get(ServiceKeys.Env).Where(variable => !HasRoom($"{variable.Key}={variable.Value}")))
        {
            problems.Error(
                section.At(ServiceKeys.Env)!,
                $"'env.{name}': a variable has at most {ExecLimits.MostOfAString} bytes with its name, the limit of the system");
        }

        static bool HasRoom(string text) =>
            text.Length <= ExecLimits.MostOfAString && Encoding.UTF8.GetByteCount(text) <= ExecLimits.MostOfAString;
    }

    private void CheckSense(Section<Service> section)
    {
        if (section.Get(ServiceKeys.Wait) && section.Get(ServiceKeys.Stderr) == ChildStderr.Socket)
        {
            problems.Error(
                section.At(ServiceKeys.Stderr)!,
                "with wait = true the child's socket has no peer to send standard error to; use \"log\" or \"null\"");
        }
    }

    /// <summary>Adds what is an error for <c>run</c> and a warning for <c>check</c>: it depends on the user that asks.</summary>
    private void Depending(Position at, string message) =>
        problems.Add(new ConfigProblem(at, request.ToRun ? Severity.Error : Severity.Warning, message));

    /// <summary>
    /// Checks an existing program with the rights of its children. Many services may have the same program: each is checked once.
    /// </summary>
    /// <returns>Why no child can execute it; null where one can.</returns>
    private string? Judge(ChildProgram program, Position at)
    {
        string[] all =
        [
            program.Chroot ?? "", program.Path, program.Argv0, $"{program.User.UserId} {program.Group} {program.NoNewPrivs}",
            string.Join(' ', program.Groups.Ids), string.Join(':', program.SearchPath), $"{program.PassEnv.Contains("PATH")}",
            .. program.Arguments,
        ];
        var key = string.Join('\0', all);
        if (!_judged.TryGetValue(key, out var judged))
        {
            var isOwn = surroundings.UserId != 0 && program.User.UserId == surroundings.UserId;
            var way = new ChildPath(program.Chroot, program.User, [program.Group, .. program.Groups.Ids], isOwn);
            var complaint = ProgramFit.Complaint(program.Path, way, program.User.Name, Below(program.Chroot));
            judged = complaint is null
                ? (null, ProgramFit.Endless(program, way), [.. ProgramFit.Doubts(program, way)])
                : (complaint, null, []);
            _judged.Add(key, judged);
        }

        if (judged.Endless is { } endless)
        {
            problems.Error(at, endless);
        }

        foreach (var doubt in judged.Doubts)
        {
            problems.Warning(at, doubt);
        }

        return judged.Complaint;
    }

    private static string? ExecComplaint(ImmutableArray<string> exec) =>
        exec.IsEmpty ? "'exec' is empty; its first string is the absolute path of a program"
        : !exec[0].StartsWith('/') ? $"the path of the program must be absolute, such as \"/usr/sbin/in.ftpd\"; '{exec[0]}' is not"
        : null;

    private static string? ProgramComplaint(string program, string? chroot) =>
        InRoot(chroot, program, FileStatus.Of) is not { } status ? $"there is no program '{program}'{Below(chroot)}"
        : status.Type == FileType.Directory ? $"'{program}' is not a program but a folder"
        : status.Type != FileType.Regular ? $"'{program}' is not a program but a special file"
        : !InRoot(chroot, program, FileStatus.IsExecutable) ? $"'{program}' is not executable for this user"
        : null;

    private static T? InRoot<T>(string? chroot, string path, Func<string, T?> look)
    {
        if (chroot is null)
        {
            return look(path);
        }

        using var file = RootedPath.Open(chroot, path);
        return file is null ? default : look(file.Path);
    }

    private static string Below(string? chroot) => chroot is null ? "" : $" below '{chroot}'";
}
