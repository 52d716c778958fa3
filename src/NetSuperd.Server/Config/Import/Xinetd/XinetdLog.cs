using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Config.Import.Xinetd;

/// <summary>What xinetd logs, and what the log of this daemon has of it.</summary>
internal static class XinetdLog
{
    private static readonly string[] OnSuccess = ["HOST", "DURATION", "EXIT", "PID", "USERID", "TRAFFIC"];

    // RECORD is of xinetd before version 2.3.
    private static readonly string[] OnFailure = ["HOST", "ATTEMPT", "USERID", "RECORD"];

    // In the order of log_fields.
    private static readonly (string OfXinetd, string Word)[] Facts = [("PID", "pid"), ("EXIT", "exit"), ("DURATION", "duration")];

    private static readonly (string OfXinetd, string Word)[] FactsOfRedirect =
        [("DURATION", "duration"), ("TRAFFIC", "bytes"), ("HOST", "target")];

    /// <summary>Sets it.</summary>
    public static void Set(XinetdService service)
    {
        var settings = service.Settings;
        if (settings.At("log_type") is { } type)
        {
            service.ChangedOnce(
                type, "log_type is left out: the daemon has one log for all services, and [log] says where it goes: "
                    + "target = \"syslog\", or target = \"file\" with file");
        }

        SetChoice(service);

        Check(service, "log_on_success", OnSuccess);
        Check(service, "log_on_failure", OnFailure);
        if ((settings.Find("log_on_success", "USERID") ?? settings.Find("log_on_failure", "USERID")) is { } user)
        {
            service.ChangedOnce(
                user.At, "USERID is left out: the log names no user of a client's host, which RFC 1413 would have to be asked for");
        }

        if (settings.Find("log_on_success", "TRAFFIC") is { } traffic && settings.At("redirect") is null)
        {
            service.Break(traffic.At, "TRAFFIC is for services with redirect");
        }
    }

    /// <summary>
    /// Sets which connections the log names, where xinetd was told that. What a line has here by default is more than xinetd has, so the
    /// facts are only set if xinetd left some out.
    /// </summary>
    private static void SetChoice(XinetdService service)
    {
        var settings = service.Settings;
        var success = settings.All("log_on_success") ?? [];
        var known = settings.At("redirect") is null ? Facts : FactsOfRedirect;
        if ((settings.At("log_on_success") ?? settings.At("log_on_failure")) is not { } at)
        {
            return;
        }

        if (success.Count == 0)
        {
            service.Target.Set(ServiceKeys.Log, settings.All("log_on_failure") is { Count: > 0 } ? "refusals" : "none", at);
        }
        else if (known.Where(fact => settings.Find("log_on_success", fact.OfXinetd) is not null).ToList() is var facts
            && facts.Count < known.Length)
        {
            service.Target.Set(ServiceKeys.LogFields, facts.Select(fact => fact.Word), at);
        }
    }

    private static void Check(XinetdService service, string name, string[] known)
    {
        foreach (var word in service.Settings.All(name) ?? [])
        {
            if (!word.Text.StartsWith('#') && !known.Contains(word.Text, StringComparer.OrdinalIgnoreCase))
            {
                service.Break(word.At, $"'{word.Text}' is no value of {name}");
            }
        }
    }
}
