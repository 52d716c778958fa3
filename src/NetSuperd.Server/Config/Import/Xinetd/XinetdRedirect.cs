using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Config.Import.Xinetd;

/// <summary>The attribute <c>redirect</c>: a process of xinetd passed on the bytes, and here a worker does.</summary>
internal static class XinetdRedirect
{
    private static readonly string[] OfProcess =
    [
        "user", "group", "groups", "umask", "nice", "env", "passenv", "rlimit_as", "rlimit_cpu", "rlimit_data", "rlimit_files",
        "rlimit_rss", "rlimit_stack",
    ];

    /// <summary>Sets the target.</summary>
    public static void Set(XinetdService service, Word host, Word port)
    {
        var settings = service.Settings;
        service.Target.Set(ForwardKeys.Forward, ForeignTarget.Of(host.Text, port.Text), host.At);
        if (service.Waits || service.IsDatagram)
        {
            service.Break(host.At, "redirect is for TCP with wait = no");
            service.Target.Remove(ServiceKeys.Wait);
        }

        if (settings.One("user") is null)
        {
            service.Break(service.Name.At, "it has no user");
        }

        if (settings.One("server") is { } server)
        {
            service.Changed(server.At, "the server of a service with redirect was not started, and is left out");
        }

        if (OfProcess.Where(settings.IsOwn).ToList() is { Count: > 0 } names)
        {
            service.Changed(
                host.At, $"no program is started: a worker passes the connection on, as the user nobody, and {string.Join(", ", names)} "
                    + $"{(names.Count == 1 ? "is" : "are")} left out");
        }

        if (ForeignTarget.IsName(host.Text))
        {
            service.ChangedOnce(
                host.At, "xinetd looked the name of a target up once, when it started; here it is looked up again and again");
        }
    }
}
