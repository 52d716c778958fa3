using System.Globalization;
using System.Text.RegularExpressions;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Kinds;

namespace NetSuperd.Server.Config.Import.Xinetd;

/// <summary>The program of a service: its arguments, its user and its limits.</summary>
internal static partial class XinetdProgram
{
    /// <summary>Sets it.</summary>
    /// <returns>Whether there is one.</returns>
    public static bool Set(XinetdService service)
    {
        var settings = service.Settings;
        if (settings.All("redirect") is [var host, var port])
        {
            XinetdRedirect.Set(service, host, port);
            return true;
        }

        if (settings.One("server") is not { } server)
        {
            service.Lost(service.Name.At, $"'{service.Name.Text}' has no server, so xinetd left it out: add the program to start");
            return false;
        }

        SetServer(service, server);
        SetUser(service);
        SetLimits(service);
        SetEnvironment(service);
        if (settings.Find("flags", "LABELED") is { } labeled)
        {
            service.Fence(
                labeled.At, "with LABELED, xinetd ran the program in the SELinux context of its client, and this daemon does not: let the "
                    + "program do it, then remove enabled = false");
        }

        if (settings.Find("flags", "NORETRY") is { } once)
        {
            service.ChangedOnce(once.At, "NORETRY needs no counterpart: a start that fails is not repeated for the same client");
        }

        return true;
    }

    private static void SetServer(XinetdService service, Word server)
    {
        var (name, isNamed) = (Path.GetFileName(server.Text), service.Settings.Find("flags", "NAMEINARGS") is not null);
        IReadOnlyList<Word> arguments = service.Settings.All("server_args") ?? [];
        if (!server.Text.StartsWith('/'))
        {
            service.Break(server.At, $"'{server.Text}' is no absolute path");
        }

        if (isNamed && arguments.Count == 0)
        {
            service.Break(server.At, "NAMEINARGS needs server_args, which begins with the name of the program");
        }
        else if (isNamed && Comes(service.Settings.At("server_args")!, before: service.Settings.At("flags")!))
        {
            service.Break(service.Settings.At("flags")!, "NAMEINARGS has to stand before server_args, or xinetd fails for each client");
        }
        else if (!isNamed && name == "tcpd")
        {
            service.Break(server.At, "without NAMEINARGS, tcpd looks for a program 'tcpd' and finds itself");
            isNamed = arguments.Count > 0;
        }

        ForeignProgram.Set(
            service.Importing.Map, service.Target, server, isNamed ? arguments : [server with { Text = name }, .. arguments]);
    }

    private static bool Comes(Reporting.Position one, Reporting.Position before) => one.Source == before.Source && one.Line < before.Line;

    private static void SetUser(XinetdService service)
    {
        var (settings, target) = (service.Settings, service.Target);
        if (settings.One("user") is { } user)
        {
            ForeignUser.Set(service.Importing.Map, target, user);
            if (settings.One("group") is null && uint.TryParse(user.Text, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                // xinetd takes a number for the group as well, whatever passwd(5) says.
                target.Set(ServiceKeys.Group, user.Text, user.At);
            }
        }
        else
        {
            service.Break(service.Name.At, "it has no user");
        }

        if (settings.One("group") is { } group)
        {
            target.Set(ServiceKeys.Group, group.Text, group.At);
        }

        if (settings.One("groups") is not { } groups || !IsYes(service, groups))
        {
            target.Set(ServiceKeys.Groups, "none", settings.At("groups") ?? target.At);
        }

        if (settings.One("umask") is { } umask)
        {
            if (Octal().IsMatch(umask.Text))
            {
                target.Set(
                    ServiceKeys.Umask, Convert.ToString(Convert.ToInt32(umask.Text, 8), 8).PadLeft(3, '0'), umask.At);
            }
            else
            {
                service.Break(umask.At, $"'{umask.Text}' is no umask of octal digits");
            }
        }

        if (settings.One("nice") is { } nice)
        {
            if (int.TryParse(nice.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            {
                target.Set(ServiceKeys.Nice, Math.Clamp(number, -20, 19), nice.At);
            }
            else
            {
                service.Break(nice.At, $"nice has to be a number, not '{nice.Text}'");
            }
        }
    }

    private static bool IsYes(XinetdService service, Word word)
    {
        if (word.Text.Equals("yes", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        if (!word.Text.Equals("no", StringComparison.OrdinalIgnoreCase))
        {
            service.Break(word.At, $"'{word.Text}' is neither yes nor no");
        }

        return false;
    }

    private static void SetLimits(XinetdService service)
    {
        foreach (var (attribute, name) in (ReadOnlySpan<(string, string)>)
            [
                ("rlimit_as", "as"), ("rlimit_cpu", "cpu"), ("rlimit_data", "data"), ("rlimit_files", "nofile"), ("rlimit_rss", "rss"),
                ("rlimit_stack", "stack"),
            ])
        {
            if (service.Settings.One(attribute) is not { } word)
            {
                continue;
            }

            var resource = Resource.All.First(known => known.Name == name);
            if (word.Text.Equals("UNLIMITED", StringComparison.OrdinalIgnoreCase))
            {
                service.Target.Set(ServiceKeys.Limits, name, LimitKind<int>.Unlimited, word.At);
            }
            else if (!Amount().IsMatch(word.Text) || (name == "cpu" && !char.IsAsciiDigit(word.Text[^1]))
                || ForeignSize.Read(word.Text) is not { } amount)
            {
                service.Break(word.At, $"'{word.Text}' is no limit for {attribute}");
            }
            else if (amount > 0)
            {
                // 0 means that there is no limit.
                service.Target.Set(
                    ServiceKeys.Limits, name, resource.Unit == ResourceUnit.Count ? amount : resource.Format((ulong)amount), word.At);
            }
        }
    }

    private static void SetEnvironment(XinetdService service)
    {
        var variables = new Dictionary<string, Word>();
        foreach (var word in service.Settings.All("env") ?? [])
        {
            if (word.Text.IndexOf('=') is not (> 0 and var sign))
            {
                service.Break(word.At, $"'{word.Text}' in env has no name before '=': a value with a blank cannot be written");
            }
            else if (Variable.Complaint(word.Text[..sign]) is { } complaint)
            {
                service.Lost(word.At, $"{complaint}: it is left out of env");
            }
            else
            {
                variables[word.Text[..sign]] = word with { Text = word.Text[(sign + 1)..] };
            }
        }

        foreach (var (name, value) in variables)
        {
            service.Target.Set(ServiceKeys.Env, name, value.Text, value.At);
        }

        var passed = (service.Settings.All("passenv") ?? []).Where(word => Variable.Complaint(word.Text) is null)
            .DistinctBy(word => word.Text).ToList();
        if (passed.Count > 0)
        {
            service.Target.Set(ServiceKeys.PassEnv, passed, passed[0].At);
        }
    }

    [GeneratedRegex(@"\A0*[0-7]{1,3}\z")]
    private static partial Regex Octal();

    [GeneratedRegex(@"\A[0-9]{1,18}[kKmM]?\z")]
    private static partial Regex Amount();
}
