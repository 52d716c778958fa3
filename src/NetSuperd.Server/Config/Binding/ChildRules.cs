using System.Text;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Files;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Kinds;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Binding;

/// <summary>
/// The rules for the keys of a service with <c>exec</c> that a key alone does not know: rights, limits, and keys that conflict.
/// </summary>
/// <param name="problems">Receives the problems.</param>
/// <param name="request">Whether what depends on the user is an error or a warning.</param>
/// <param name="surroundings">The daemon's user and rights.</param>
/// <param name="judge">Judges paths.</param>
/// <param name="names">Names of the system.</param>
internal sealed class ChildRules(Problems problems, LoadRequest request, Surroundings surroundings, PathJudge judge, NameCache names)
{
    // The least limits with which a dynamically linked program can start: its stack, the program and the C library, and one file beside the
    // three standard ones.
    private static readonly Dictionary<string, ulong> LeastLimits = new()
    {
        ["as"] = 1 << 20, ["nofile"] = 4, ["nproc"] = 1, ["stack"] = 1 << 16,
    };

    private static readonly string TooLong = $"an argument has at most {ExecLimits.MostOfAString} bytes, the limit of the system";

    /// <summary>Checks an enabled service.</summary>
    public void Check(Entry entry, Section<Service> section)
    {
        if (section.TryGet(ServiceKeys.Chroot, out var root))
        {
            judge.Judge(root, section.At(ServiceKeys.Chroot)!);
        }

        if (surroundings.UserId == 0)
        {
            CheckRightsOfRoot(entry, section, "children are");
        }
        else
        {
            CheckRightsOfUser(section);
            if (section.At(ServiceKeys.Chroot) is { } chroot)
            {
                Depending(chroot, "only root can change the root directory");
            }
        }

        CheckLimits(section);
        CheckLengths(section);
        CheckStderr(section);
        CheckOfConnections(section, ServiceKeys.Clients);
        CheckOfConnections(section, ServiceKeys.Linger);
        CheckOfWaiting(section, ServiceKeys.OnChange, "a changed server is always replaced");
        CheckOfWaiting(section, ServiceKeys.Processes, "a server is one process, which may start others", "children with wait = true");
        CheckOfWaiting(section, ServiceKeys.IdleStop, "a server runs all the time");
    }

    /// <summary>Checks an enabled service that is served in a worker.</summary>
    public void CheckWorker(Entry entry, Section<Service> section, bool needsUser)
    {
        if (surroundings.UserId == 0)
        {
            CheckRightsOfRoot(entry, section, needsUser ? "worker is" : null);
        }
        else
        {
            CheckRightsOfUser(section);
        }

        CheckLimits(section);
        CheckLengths(section);
        if (section.Get(ServiceKeys.Limits).Any(limit => limit is { Name: "as", Soft: not ResourceLimit.Unlimited }))
        {
            problems.Error(
                section.At(ServiceKeys.Limits)!,
                "'limits.as' leaves no room for the .NET runtime of a worker, which reserves far more addresses than it uses memory; "
                + "limit the memory with limits.data");
        }

        if (section.Get(ServiceKeys.Limits).FirstOrDefault(limit => limit.Name == "data") is { Soft: < WorkerProgram.LeastData })
        {
            problems.Error(
                section.At(ServiceKeys.Limits)!,
                $"'limits.data' of a worker must be at least {WorkerProgram.LeastData >> 20}MiB: the .NET runtime takes more than half of "
                + "that");
        }
    }

    /// <summary>A program that root starts without <c>user</c> would run as root.</summary>
    /// <param name="entry">The service.</param>
    /// <param name="section">Its table.</param>
    /// <param name="processes">What would be root; null: nothing, since another user is the default.</param>
    private void CheckRightsOfRoot(Entry entry, Section<Service> section, string? processes)
    {
        if (processes is not null && section.At(ServiceKeys.User) is null && request.Host.Has(ServiceKeys.User))
        {
            Depending(
                entry.KeyAt,
                $"services.{TomlWriter.Key(entry.Key)} needs user = \"NAME\", because the daemon is root; "
                + $"with user = \"root\" its {processes} root too");
        }

        if (!surroundings.MaySetGroups && section.TryGet(ServiceKeys.Groups, out var groups) && groups.Choice != GroupsChoice.Init)
        {
            Depending(
                section.At(ServiceKeys.Groups)!,
                "this user namespace forbids setting groups (user_namespaces(7)): leave 'groups' out, and "
                + "children keep the daemon's groups");
        }
    }

    /// <summary>Only root can change the user, the root directory and the priority.</summary>
    private void CheckRightsOfUser(Section<Service> section)
    {
        var own = names.UserEntry(surroundings);
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
            if (!surroundings.MayRaiseLimits && surroundings.HardLimitOf(resource.Limited) is var own && limit.Hard > own)
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
                    $"'limits.nofile': the system allows a process at most {surroundings.MostDescriptors} (fs.nr_open)");
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
            problems.Error(item.At, TooLong);
        }

        var clients = section.TryGet(ServiceKeys.Clients, out var rules) ? rules : [];
        foreach (var rule in clients.Where(rule => !rule.Exec.All(HasRoom)))
        {
            problems.Error(rule.ExecAt, TooLong);
        }

        var environments = clients.Select(rule => (rule.At, rule.Env));
        foreach (var (at, env) in section.At(ServiceKeys.Env) is { } own ? environments.Prepend((own, section.Get(ServiceKeys.Env)))
            : environments)
        {
            foreach (var (name, _) in env.Where(variable => !HasRoom($"{variable.Key}={variable.Value}")))
            {
                problems.Error(
                    at, $"'env.{name}': a variable has at most {ExecLimits.MostOfAString} bytes with its name, the limit of the system");
            }
        }

        static bool HasRoom(string text) =>
            text.Length <= ExecLimits.MostOfAString && Encoding.UTF8.GetByteCount(text) <= ExecLimits.MostOfAString;
    }

    private void CheckOfWaiting(
        Section<Service> section, Key<Service> key, string otherwise, string kind = "a child that a client starts")
    {
        if (section.Find(key.Name) is not { } entry)
        {
            return;
        }

        if (section.Get(ServiceKeys.Start) == ChildStart.Always)
        {
            problems.Error(entry.KeyAt, $"'{key.Name}' is for {kind}; {otherwise}: remove it");
        }
        else if (!section.Get(ServiceKeys.Wait))
        {
            problems.Error(entry.KeyAt, $"'{key.Name}' is for a child that has the sockets itself; add wait = true");
        }
    }

    private void CheckOfConnections(Section<Service> section, Key<Service> key)
    {
        if (section.Find(key.Name) is { } entry && AcceptsItself(section, out var setting))
        {
            problems.Error(
                entry.KeyAt,
                $"'{key.Name}' is for a child per connection; with {setting} the program accepts its clients itself: remove it");
        }
    }

    private static bool AcceptsItself(Section<Service> section, out string setting)
    {
        var isServer = section.Get(ServiceKeys.Start) == ChildStart.Always;
        setting = isServer ? "start = \"always\"" : "wait = true";
        return isServer || section.Get(ServiceKeys.Wait);
    }

    private void CheckStderr(Section<Service> section)
    {
        if (AcceptsItself(section, out var setting) && section.Get(ServiceKeys.Stderr) == ChildStderr.Socket)
        {
            problems.Error(
                section.At(ServiceKeys.Stderr)!,
                $"with {setting} the child's socket has no peer to send standard error to; "
                + "use \"log\" or \"null\"");
        }
    }

    /// <summary>Adds what is an error for <c>run</c> and a warning for <c>check</c>: it depends on the user that asks.</summary>
    private void Depending(Position at, string message) =>
        problems.Add(new ConfigProblem(at, request.ToRun ? Severity.Error : Severity.Warning, message));
}
