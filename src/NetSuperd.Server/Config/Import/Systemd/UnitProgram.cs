using System.Globalization;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Kinds;

namespace NetSuperd.Server.Config.Import.Systemd;

/// <summary>What a service unit says about its program, systemd.exec(5).</summary>
internal sealed class UnitProgram(Importing importing, Unit unit)
{
    private const string Section = "Service";
    private const string LimitPrefix = "Limit";

    /// <summary>Sets the keys of a service.</summary>
    /// <param name="service">The service.</param>
    /// <param name="accepts">Whether it gets a connection, and not the socket itself.</param>
    public void Set(ImportedService service, bool accepts)
    {
        var environment = new UnitEnvironment(importing.Map, importing.Files, unit);
        environment.Set(service);
        var command = new UnitCommand(importing.Map, unit, environment);
        if (!command.Set(service))
        {
            service.Disable(unit.At);
            service.Remarks.Add("a part of the command is not known: write it, and remove enabled");
        }

        if (unit.Last(Section, "RootImage") is { } image)
        {
            service.Disable(image.At);
            service.Remarks.Add("RootImage= is not mounted: unpack the image and write chroot");
            importing.Map.Lost(image.At, "RootImage= is not mounted, so the service is disabled: unpack the image and write chroot");
        }

        SetUser(service, command.IsPrivileged);
        SetStreams(service, accepts);
        SetLimits(service);
        SetText(service, ServiceKeys.Umask, "UMask", text => text.Length > 3 ? text.TrimStart('0').PadLeft(3, '0') : text.PadLeft(3, '0'));
        SetText(service, ServiceKeys.Chroot, "RootDirectory", text => text);
        SetText(service, ServiceKeys.Cwd, "WorkingDirectory", text => text == "~" ? "/root" : text.TrimStart('-'));
        SetText(service, ServiceKeys.StopSignal, "KillSignal", text => text);
        SetText(
            service, AdmissionKeys.MaxDuration, "RuntimeMaxSec",
            text => text == "infinity" ? "unlimited" : UnitValues.Time(text) ?? text);
        if (unit.Last(Section, "Nice") is { } nice && int.TryParse(nice.Text, CultureInfo.InvariantCulture, out var priority))
        {
            service.Set(ServiceKeys.Nice, priority, nice.At);
        }
    }

    private void SetText(ImportedService service, Key<Service> key, string name, Func<string, string> notation)
    {
        if (unit.Last(Section, name) is { } value && Needed(service, value) is { } text)
        {
            service.Set(key, notation(text), value.At);
        }
    }

    /// <summary>
    /// The text of a value without which a program would have more rights; null: it is unknown, and the service is disabled.
    /// </summary>
    private string? Needed(ImportedService service, Word value)
    {
        if (Specifiers.Expand(importing.Map, unit, value) is { } text)
        {
            return text;
        }

        service.Disable(value.At);
        service.Remarks.Add($"'{value.Text}' is unknown here: write it out");
        return null;
    }

    private void SetUser(ImportedService service, bool isPrivileged)
    {
        var (user, group) = (unit.Last(Section, "User"), unit.Last(Section, "Group"));
        var newRights = unit.IsYes(Section, "NoNewPrivileges");
        if (unit.IsYes(Section, "DynamicUser") == true)
        {
            var at = unit.Last(Section, "DynamicUser")!.At;
            importing.Map.Lost(at, "users are not made for the time of a service: create one, such as with useradd(8), and write it as "
                + "user");
            user ??= new Word(unit.Prefix, at);
        }

        if (user is not null && !isPrivileged && Needed(service, user) is { } name)
        {
            ForeignUser.Set(importing.Map, service, user with { Text = name });
        }
        else
        {
            ForeignUser.Set(importing.Map, service, new Word("root", service.Find(ServiceKeys.Exec)?.KeyAt ?? unit.At));
        }

        if (group is not null && !isPrivileged && Needed(service, group) is { } groupName)
        {
            service.Set(ServiceKeys.Group, groupName, group.At);
        }

        var groups = unit.All(Section, "SupplementaryGroups").SelectMany(UnitWords.Split).ToList();
        if (groups.Count > 0)
        {
            service.Set(ServiceKeys.Groups, groups, groups[0].At);
            importing.Map.ChangedOnce(groups[0].At, "groups has these alone: those of the user in group(5) are no longer added");
        }

        if (newRights is { } fenced)
        {
            service.Set(ServiceKeys.NoNewPrivs, fenced, unit.Last(Section, "NoNewPrivileges")!.At);
        }
    }

    private void SetStreams(ImportedService service, bool accepts)
    {
        var (input, output, error) =
            (unit.Last(Section, "StandardInput"), unit.Last(Section, "StandardOutput"), unit.Last(Section, "StandardError"));
        var isStdio = input?.Text == "socket" || (input is null && output?.Text == "socket");
        if (!isStdio)
        {
            service.Set(ServiceKeys.Fds, "listen", input?.At ?? service.At);
            if (accepts)
            {
                importing.Map.Changed(
                    service.At,
                    $"{unit.Name} has no StandardInput=socket, so its program gets the connection as descriptor 3 with LISTEN_FDS, as "
                    + "before; "
                    + "fds = \"stdio\" gives it as standard input and output");
            }
        }

        if (isStdio && output is not null && output.Text is not ("socket" or "inherit"))
        {
            importing.Map.Changed(output.At, $"standard output is the socket, and no longer '{output.Text}'");
        }

        if (error is not null)
        {
            SetStderr(service, error, isStdio);
        }
    }

    private void SetStderr(ImportedService service, Word error, bool isStdio)
    {
        var word = error.Text switch
        {
            "socket" => "socket",
            "inherit" when isStdio => "socket",
            "null" => "null",
            _ => "log",
        };
        service.Set(ServiceKeys.Stderr, word, error.At);
        if (error.Text is not ("socket" or "inherit" or "null" or "journal" or "syslog" or "kmsg"))
        {
            importing.Map.Changed(error.At, $"standard error goes to the log and not to '{error.Text}'");
        }
    }

    private void SetLimits(ImportedService service)
    {
        foreach (var name in unit.Entries.Where(entry => entry.Section == Section
            && entry.Key.Text.StartsWith(LimitPrefix, StringComparison.Ordinal)).Select(entry => entry.Key.Text).Distinct().ToList())
        {
            var (limit, value) = (name[LimitPrefix.Length..].ToLowerInvariant(), unit.Last(Section, name));
            if (value is null)
            {
                continue;
            }

            var text = UnitValues.Limit(limit, value.Text);
            if (Resource.All.FirstOrDefault(resource => resource.Name == limit) is { } known
                && text.Split(':').All(half => known.TryParse(half, out _)))
            {
                service.Set(ServiceKeys.Limits, limit, text, value.At);
            }
            else
            {
                importing.Map.Lost(value.At, $"{name}={value.Text} is no limit here, and is left out: see limits in netsuperd.toml(5)");
            }
        }
    }
}
