using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Config.Import.Stunnel;

/// <summary>What is behind a service of stunnel: a server to which it connects, or a program that it executes.</summary>
internal static class StunnelServer
{
    // The default of TIMEOUTidle is 12 hours.
    private const string UsualIdle = "12h";
    private const int LongestIdle = 30 * 24 * 60 * 60;

    /// <summary>Sets it.</summary>
    /// <returns>Whether there is one.</returns>
    public static bool Set(StunnelService service)
    {
        var (connect, exec) = (service.Section.All("connect"), service.Section.One("exec"));
        if (connect.Count > 0 && exec is not null)
        {
            _ = service.Section.One("execArgs");
            service.Lost(
                exec.At,
                $"'{service.Target.Name}' is left out: stunnel started the program by itself and connected it to {connect[0].Text}, and "
                + "this daemon starts programs for clients: let socat(1) do it");
            return false;
        }

        if (exec is not null && service.IsClient)
        {
            service.Lost(
                exec.At,
                $"'{service.Target.Name}' is left out: stunnel encrypted what the program got, and tls_to is for targets of forward: let "
                + "the program listen, and connect to it");
            return false;
        }

        if (exec is not null)
        {
            SetProgram(service, exec);
        }
        else if (connect.Count > 0)
        {
            SetTargets(service, connect);
        }
        else
        {
            service.Lost(
                service.Section.One("transparent")?.At ?? service.Target.At,
                $"'{service.Target.Name}' is left out: it has neither connect nor exec, and no client chooses its target here");
            return false;
        }

        SetTransparent(service);
        var idle = service.Seconds("TIMEOUTidle", LongestIdle);
        service.Target.Set(AdmissionKeys.IdleTimeout, idle?.Text ?? UsualIdle, idle?.At ?? service.Target.At);
        return true;
    }

    private static void SetTargets(StunnelService service, IReadOnlyList<Word> connect)
    {
        var (section, target) = (service.Section, service.Target);
        var targets = connect.Select(word => word with { Text = TargetOf(word.Text) }).ToList();
        target.Set(ForwardKeys.Forward, targets is [var only] ? only.Text : targets, targets[0].At);
        if (targets.Count > 1 && section.One("failover") is { } failover
            && failover.Text.Equals("rr", StringComparison.OrdinalIgnoreCase))
        {
            target.Set(ForwardKeys.Balance, "round_robin", failover.At);
        }

        if (section.One("local") is { } local && !SeesClients(service))
        {
            if (ForeignAddress.Read(local, service.Importing) is [var address, ..])
            {
                target.Set(ForwardKeys.Source, address.ToString(), local.At);
            }
            else
            {
                service.Lost(local.At, $"'{local.Text}' is no address and no name in /etc/hosts, so local is left out: write source");
            }
        }

        if (service.Seconds("TIMEOUTconnect", most: 300) is { } time)
        {
            target.Set(ForwardKeys.ConnectTimeout, time.Text, time.At);
        }

        if (section.One("delay") is { } delay)
        {
            service.Kept(delay.At, "the name of a target is looked up when a client comes, and again and again");
        }

        if (section.One("protocol") is { } protocol)
        {
            SetProtocol(service, protocol);
        }
    }

    private static string TargetOf(string connect)
    {
        var colon = connect.LastIndexOf(':');
        return connect.StartsWith('/') ? connect
            : colon < 0 ? ForeignTarget.Of("localhost", connect)
            : ForeignTarget.Of(connect[..colon], connect[(colon + 1)..]);
    }

    private static void SetProtocol(StunnelService service, Word protocol)
    {
        var name = protocol.Text.ToLowerInvariant();
        if (name == "proxy")
        {
            service.Target.Set(ForwardKeys.SendProxy, 1, protocol.At);
            if (service.IsClient)
            {
                service.Break(
                    protocol.At, "'proxy' is not for client = yes: remove enabled = false if the target knows the PROXY protocol");
            }

            return;
        }

        var message = !service.IsClient
            ? "begins without encryption and changes to it later, and tls begins with it: give clients a port that is encrypted from the "
                + "start, as most servers have one, and remove enabled = false"
            : name is "connect" or "socks"
                ? "asks a proxy for the target, and the daemon connects to targets itself: write the target at forward, and remove "
                    + "enabled = false"
            : "begins without encryption and changes to it later, and tls_to begins with it: name a port of the target that is encrypted "
                + "from the start, as most servers have one, and remove enabled = false";
        service.Fence(protocol.At, $"'{protocol.Text}' {message}");
    }

    private static void SetProgram(StunnelService service, Word exec)
    {
        var (section, target, map) = (service.Section, service.Target, service.Importing.Map);
        List<Word> argv = section.One("execArgs") is { } line ? Words(line) : [];
        ForeignProgram.Set(map, target, exec, argv.Count > 0 ? argv : [exec]);
        ForeignUser.Set(map, target, section.OneOfAll("setuid") ?? exec with { Text = "root" });
        if (section.OneOfAll("setgid") is { } group)
        {
            target.Set(ServiceKeys.Group, group.Text, group.At);
            target.Set(ServiceKeys.Groups, "none", group.At);
        }

        if (section.OneOfAll("chroot") is { } root)
        {
            target.Set(ServiceKeys.Chroot, root.Text, root.At);
        }

        if (service.IsYes("pty"))
        {
            service.Lost(section.One("pty")!.At, "the program gets no terminal: let it run in script(1), or in socat(1) with pty");
        }

        if (section.One("protocol") is { } protocol)
        {
            service.Fence(
                protocol.At,
                $"'{protocol.Text}' came before what the client sends, and nothing does now: remove enabled = false if the program serves "
                + "clients without it");
        }
    }

    private static List<Word> Words(Word line)
    {
        var words = new List<Word>();
        for (var from = 0; from < line.Text.Length;)
        {
            var length = line.Text.AsSpan(from).IndexOfAny(' ', '\t');
            var end = length < 0 ? line.Text.Length : from + length;
            if (end > from)
            {
                words.Add(line.Part(from, end));
            }

            from = end + 1;
        }

        return words;
    }

    /// <summary>Whether targets see the addresses of clients, which comes before <c>local</c>.</summary>
    private static bool SeesClients(StunnelService service) => IsSource(service.Section.One("transparent"))
        && service.Section.One("exec") is null && !service.Section.All("connect").Any(target => target.Text.StartsWith('/'));

    private static bool IsSource(Word? transparent) => transparent?.Text.ToLowerInvariant() is "yes" or "source";

    private static void SetTransparent(StunnelService service)
    {
        if (service.Section.One("transparent") is not { } transparent || transparent.Text.ToLowerInvariant() is "no" or "none")
        {
            return;
        }

        if (SeesClients(service))
        {
            service.Target.Set(ForwardKeys.Transparent, value: true, transparent.At);
            service.Changed(transparent.At, ForeignTarget.RulesChange);
        }
        else
        {
            service.Fence(transparent.At, IsSource(transparent)
                ? "a program gets the address of the client as REMOTE_HOST, and a unix socket by send_proxy: set that up, and remove "
                    + "enabled = false"
                : "no client chooses its target here: name the target, and remove enabled = false");
        }
    }
}
