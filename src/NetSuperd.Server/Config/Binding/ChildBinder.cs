using System.Collections.Immutable;
using NetSuperd.Platform;
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
/// <param name="names">Names of the system.</param>
internal sealed class ChildBinder(Problems problems, LoadRequest request, Surroundings surroundings, PathJudge judge, NameCache names)
{
    private readonly ChildRules _rules = new(problems, request, surroundings, judge, names);
    private readonly Dictionary<string, ProgramJudgement> _judged = [];

    /// <summary>Binds the service; null after an error that makes it useless.</summary>
    public Service? Bind(Entry entry, Section<Service> section, Reading reading)
    {
        var enabled = section.Get(ServiceKeys.Enabled);
        var chroot = section.TryGet(ServiceKeys.Chroot, out var root) ? root : null;
        var lacking = new Lacking(reading);
        lacking.AddReported(UnknownNames(section));
        if (enabled)
        {
            CheckFolders(section, chroot, lacking);
            _rules.Check(entry, section);
        }

        if (UserOf(section) is not { } user || !section.TryGet(ServiceKeys.Exec, out var exec))
        {
            return null;
        }

        var program = Program(section, user, exec, chroot, findsGroups: enabled && lacking.IsEmpty);
        var clients = section.TryGet(ServiceKeys.Clients, out var rules) ? rules : [];
        clients = [.. clients.Select(rule => rule with { Program = rule.Apply(program) })];
        if (enabled && !(IsFit(program, ExecKind.PathAt(section.Node(ServiceKeys.Exec)!), lacking)
            && clients.Where(rule => rule.Exec is not []).All(rule => IsFit(rule.Program!, rule.ExecAt, lacking))))
        {
            return null;
        }

        return new Service
        {
            Name = entry.Key,
            Program = program,
            Clients = clients,
            Settings = Settings.Empty,
            Admission = AdmissionBinder.Bind(problems, section, isHandler: false),
            Log = section.Get(ServiceKeys.Log),
            LogFields = section.Get(ServiceKeys.LogFields),
            Enabled = enabled,
            Unavailable = lacking.Text,
            At = entry.KeyAt,
            HandlerAt = entry.KeyAt,
        };
    }

    /// <summary>Binds the worker of a service.</summary>
    /// <param name="entry">The service.</param>
    /// <param name="section">Its table.</param>
    /// <param name="reading">The context of the reading.</param>
    /// <param name="isImplied">
    /// Whether it has a worker without asking for one: if the daemon is root, the default user is one without rights.
    /// </param>
    /// <returns>The worker, null after an error, and what it lacks on this system.</returns>
    public (WorkerProgram? Worker, string? Lacking) BindWorker(
        Entry entry, Section<Service> section, Reading reading, bool isImplied)
    {
        var enabled = section.Get(ServiceKeys.Enabled);
        var lacking = new Lacking(reading);
        lacking.AddReported(UnknownNames(section));
        if (enabled)
        {
            CheckFolders(section, chroot: null, lacking);
            _rules.CheckWorker(entry, section, needsUser: !isImplied);
        }

        if ((isImplied && section.At(ServiceKeys.User) is null ? Harmless(entry, reading) : UserOf(section)) is not { } user)
        {
            return default;
        }

        var rights = Program(section, user, [request.Program, WorkerProgram.Command], chroot: null, enabled && lacking.IsEmpty) with
        {
            // What the defaults have for children is not for workers.
            Argv0 = request.Program,
            Wait = false,
            Start = ChildStart.Demand,
            StopSignal = SignalName.SIGTERM,
            Stderr = ChildStderr.Log,
            Fds = ChildFds.Listen,
            IsWorker = true,
        };
        if (enabled && lacking.IsEmpty && Judge(rights, entry.KeyAt) is { } unfit)
        {
            problems.Error(entry.KeyAt, $"no worker can be started for {entry.Key}: {unfit}");
        }

        var name = section.TryGet(ServiceKeys.Worker, out var named) ? named : null;
        return (WorkerProgram.Of(name, rights), lacking.Text);
    }

    /// <summary>The program with everything that the map says of it.</summary>
    private ChildProgram Program(
        Section<Service> section, UserEntry user, ImmutableArray<string> exec, string? chroot, bool findsGroups)
    {
        var group = section.TryGet(ServiceKeys.Group, out var other) ? other : user.GroupId;
        var groups = section.Get(ServiceKeys.Groups);
        var isServer = section.Get(ServiceKeys.Start) == ChildStart.Always;
        var notifies = isServer && section.Get(ServiceKeys.Notify);
        var waits = !isServer && section.Get(ServiceKeys.Wait);
        return new ChildProgram
        {
            Path = exec[0],
            Arguments = exec[1..],
            Argv0 = section.TryGet(ServiceKeys.Argv0, out var argv0) ? argv0 : exec[0],
            Wait = waits,
            Start = section.Get(ServiceKeys.Start),
            Restart = isServer ? section.Get(ServiceKeys.Restart) : default,
            Notify = notifies,
            StartTimeout = notifies ? section.Get(ServiceKeys.StartTimeout).OrNull() : null,
            Watchdog = notifies ? section.Get(ServiceKeys.Watchdog).OrNull() : null,
            StopSignal = section.Get(ServiceKeys.StopSignal),
            OnChange = waits ? section.Get(ServiceKeys.OnChange) : default,
            Processes = waits ? section.GetOrNull(ServiceKeys.Processes) : null,
            IdleStop = waits ? section.Get(ServiceKeys.IdleStop).OrNull() : null,
            User = user,
            Group = group,
            UnknownGroup = UnknownGroup(section),
            Groups = groups.Choice == GroupsChoice.Init && findsGroups
                ? groups with { Ids = [.. names.GroupsOf(user.Name, group)] }
                : groups,
            Cwd = section.TryGet(ServiceKeys.Cwd, out var cwd) ? cwd : request.Host.Programs.Cwd,
            Chroot = chroot,
            Umask = section.Get(ServiceKeys.Umask),
            Nice = section.GetOrNull(ServiceKeys.Nice),
            NoNewPrivs = section.Get(ServiceKeys.NoNewPrivs),
            Forge = section.Get(ServiceKeys.Forge),
            Limits = section.Get(ServiceKeys.Limits),
            Env = section.Get(ServiceKeys.Env),
            PassEnv = section.Get(ServiceKeys.PassEnv),
            Stderr = section.Get(ServiceKeys.Stderr),
            Linger = section.GetOrNull(ServiceKeys.Linger),
            Fds = section.TryGet(ServiceKeys.Fds, out var fds) ? fds : request.Host.Programs.Fds,
        };
    }

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

    private void CheckFolders(Section<Service> section, string? chroot, Lacking lacking)
    {
        var cwd = section.Get(ServiceKeys.Cwd);
        if (section.At(ServiceKeys.Chroot) is { } rootAt && chroot is not null
            && judge.Files.StatusOf(chroot) is not { Type: FileType.Directory })
        {
            _ = lacking.Add(rootAt, $"there is no folder '{chroot}'");
        }
        else if (section.At(ServiceKeys.Cwd) is { } cwdAt && judge.Files.StatusOf(cwd, chroot) is not { Type: FileType.Directory })
        {
            _ = lacking.Add(cwdAt, $"there is no folder '{cwd}'{Below(chroot)}");
        }
    }

    /// <summary>The user of the children, by default the daemon's; null where the map names one wrongly.</summary>
    private UserEntry? UserOf(Section<Service> section) =>
        section.TryGet(ServiceKeys.User, out var named) ? named
        : section.At(ServiceKeys.User) is null ? names.UserEntry(surroundings)
        : null;

    /// <summary>The user of a worker that no user is named for: one without rights where the daemon is root.</summary>
    private UserEntry? Harmless(Entry entry, Reading reading)
    {
        var user = surroundings.UserId == 0 ? reading.Names.UserEntry("nobody") : names.UserEntry(surroundings);
        if (user is null)
        {
            problems.Error(entry.KeyAt, $"{NameCache.Unknown("user", "nobody")}, the default user of a worker; add user = \"NAME\"");
        }

        return user;
    }

    /// <summary>Whether children can have a program, or the map does without.</summary>
    private bool IsFit(ChildProgram program, Position at, Lacking lacking)
    {
        if (request.Host.Programs.Obstacle(program.Path, program.Chroot) is { } missing && !lacking.Add(at, missing))
        {
            return false;
        }

        if (program.User.UserId == 0)
        {
            // A program that another user can change would run as root. A chroot does not help: root can leave it (chroot(2)).
            judge.JudgeProgram(program.Path, program.Chroot, at);
        }

        return !lacking.IsEmpty || Judge(program, at) is not { } unfit || lacking.Add(at, unfit);
    }

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
            judged = request.Host.Programs.Judge(program, isOwn);
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

    private static string Below(string? chroot) => chroot is null ? "" : $" below '{chroot}'";
}
