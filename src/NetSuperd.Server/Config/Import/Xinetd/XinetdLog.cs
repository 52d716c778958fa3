namespace NetSuperd.Server.Config.Import.Xinetd;

/// <summary>What xinetd logs, and how this daemon logs it.</summary>
internal static class XinetdLog
{
    private static readonly string[] OnSuccess = ["HOST", "DURATION", "EXIT", "PID", "USERID", "TRAFFIC"];

    // RECORD is of xinetd before version 2.3.
    private static readonly string[] OnFailure = ["HOST", "ATTEMPT", "USERID", "RECORD"];

    /// <summary>Says it.</summary>
    public static void Say(XinetdService service)
    {
        var settings = service.Settings;
        if (settings.At("log_type") is { } type)
        {
            service.ChangedOnce(
                type, "log_type is left out: the log of the daemon has each connection of every service, and [log] says where that "
                    + "log goes");
        }

        Check(service, "log_on_success", OnSuccess);
        Check(service, "log_on_failure", OnFailure);
        if ((settings.Find("log_on_success", "USERID") ?? settings.Find("log_on_failure", "USERID")) is { } user)
        {
            service.ChangedOnce(
                user.At, "USERID is left out: the log names no user of a client's host, which RFC 1413 would have to be asked for");
        }

        if (settings.Find("log_on_success", "TRAFFIC") is { } traffic)
        {
            if (settings.At("redirect") is null)
            {
                service.Break(traffic.At, "TRAFFIC is for services with redirect");
            }
            else
            {
                service.Changed(traffic.At, "TRAFFIC is left out: the bytes that a program passes on are not counted");
            }
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
