using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Sslh;

/// <summary>The rules of <c>by</c> that ask what the probes of sslh ask, in their order.</summary>
/// <param name="importing">What every translator needs.</param>
/// <param name="protocols">The protocols, at least one.</param>
internal sealed class SslhRules(Importing importing, IReadOnlyList<SslhProtocol> protocols)
{
    private const int UsualTimeout = 5;
    private const int LongestTimeout = 60;

    // The rules behind the one that is translated: the last comes first.
    private readonly Stack<Action<ForeignRules>> _rules = new();

    /// <summary>Sets the rules of the service with the sockets.</summary>
    public void Set(ImportedService front, SslhGroup settings)
    {
        // What no probe takes gets the last protocol, and what is behind one that takes everything gets nothing.
        var end = protocols.ToList().FindIndex(TakesAll);
        var last = end < 0 ? protocols[^1] : protocols[end];
        _rules.Push(rules => rules.AddOthers(last.Name, last.Target.At));
        if (end >= 0)
        {
            foreach (var late in protocols.Skip(end + 1).Where(late => late.Probe.Name != SslhProbe.Timeout))
            {
                importing.Map.Changed(late.Target.At, $"no client reaches '{late.Name}', since '{last.Name}' before it takes all of them");
            }
        }

        foreach (var protocol in (end < 0 ? protocols : protocols.Take(end)).Reverse())
        {
            Push(protocol);
        }

        var all = new ForeignRules();
        if (Silence(settings) is { } silence)
        {
            all.Add("timeout", silence.Time, silence.Protocol.Name, silence.At);
        }

        AddTo(all);
        all.Set(front);
    }

    // An empty pattern is found everywhere. One that is for silent clients alone has no probe in the order.
    private static bool TakesAll(SslhProtocol protocol) => protocol.Probe.Test is null
        || (protocol.Probe.Name == SslhProbe.Regex && protocol.Patterns.Any(pattern => pattern.Text.Length == 0));

    private void AddTo(ForeignRules rules)
    {
        foreach (var add in _rules)
        {
            add(rules);
        }
    }

    private (string Time, SslhProtocol Protocol, Position At)? Silence(SslhGroup settings)
    {
        var (timeout, name) = (settings.Find("timeout"), settings.Find("on_timeout"));
        var seconds = timeout?.Value is long given ? (int)Math.Clamp(given, 1, LongestTimeout) : UsualTimeout;
        if (timeout is not null && timeout.Value is not (long and >= 1 and <= LongestTimeout))
        {
            importing.Map.Changed(timeout.At, $"timeout becomes {seconds} s, since the map takes 1 to {LongestTimeout}");
        }

        var wanted = name?.Text ?? "ssh";
        var protocol = protocols.FirstOrDefault(one => one.Probe.Name == wanted);
        if (protocol is null && name is not null)
        {
            importing.Map.Changed(name.At, $"there is no protocol '{wanted}', so silent clients get the first one, as in sslh");
        }

        return ($"{seconds}s", protocol ?? protocols[0], (name ?? timeout)?.At ?? protocols[0].Target.At);
    }

    private void Push(SslhProtocol protocol)
    {
        switch (protocol.Probe)
        {
            case { Name: SslhProbe.Regex }:
                PushPatterns(protocol);
                break;
            case { Name: SslhProbe.Tls } when protocol.Hosts.Count > 0 && protocol.Protocols.Count > 0:
                PushBoth(protocol);
                break;
            case { Name: SslhProbe.Tls } when protocol.Hosts.Count > 0:
                PushHosts(protocol, protocol.Name);
                break;
            case { Name: SslhProbe.Tls } when protocol.Protocols.Count > 0:
                _rules.Push(rules => AddProtocols(rules, protocol));
                break;
            case { Test: { } test, Value: { } value }:
                SayWaiting(test, protocol.Target.At);
                _rules.Push(rules => rules.Add(test, value, protocol.Name, protocol.Target.At));
                break;
        }
    }

    private void SayWaiting(string test, Position at)
    {
        if (test == SslhProbe.Regex)
        {
            importing.Map.ChangedOnce(
                at,
                "a pattern that does not fit yet may fit with more bytes: the rules behind it wait for the first line of the client, or "
                + "for 5 s");
        }
    }

    private void PushHosts(SslhProtocol protocol, string service)
    {
        foreach (var host in protocol.Hosts.Reverse())
        {
            if (!ForeignRules.IsHost(host.Text))
            {
                importing.Map.Lost(
                    host.At, $"'{host.Text}' is no name, nor '*.' before one, so it is left out: write the names that it means");
                continue;
            }

            if (host.Text.StartsWith('*'))
            {
                importing.Map.Changed(host.At, "a '*' stands for one label of a name, as in certificates, and no longer for several");
            }

            _rules.Push(rules => rules.Add(SslhProbe.Tls, $"sni:{host.Text}", service, host.At));
        }
    }

    private static void AddProtocols(ForeignRules rules, SslhProtocol protocol)
    {
        foreach (var offered in protocol.Protocols)
        {
            rules.Add(SslhProbe.Tls, $"alpn:{offered.Text}", protocol.Name, offered.At);
        }
    }

    /// <summary>
    /// A rule has one test: where the name fits, another service asks for the protocol, and then all that comes behind.
    /// </summary>
    private void PushBoth(SslhProtocol protocol)
    {
        var second = new ImportedService($"{protocol.Name}-by-protocol", protocol.Target.At);
        var rules = new ForeignRules();
        AddProtocols(rules, protocol);
        AddTo(rules);
        rules.Set(second);
        if (importing.Map.Add(second) is { } added)
        {
            PushHosts(protocol, added.Name);
        }
    }

    private void PushPatterns(SslhProtocol protocol)
    {
        if (protocol.Patterns.Count == 0)
        {
            importing.Map.Lost(protocol.Target.At, $"'{protocol.Name}' has no regex_patterns, so sslh did not start: it gets no client");
        }

        foreach (var pattern in protocol.Patterns.Reverse())
        {
            var complaint = pattern.Text.Contains("[[:", StringComparison.Ordinal)
                ? "classes such as [[:digit:]] are \\d, \\w and \\s here"
                : ServiceByFirstBytes.Complaint(pattern.Text);
            if (complaint is not null)
            {
                importing.Map.Lost(pattern.At, $"the pattern is left out: {complaint}");
                continue;
            }

            if (pattern.Text.Contains('\0', StringComparison.Ordinal))
            {
                importing.Map.Changed(pattern.At, "the byte 0 ended the pattern of some versions of sslh, and is a byte like others here");
            }

            SayWaiting(SslhProbe.Regex, pattern.At);
            _rules.Push(rules => rules.Add(SslhProbe.Regex, pattern.Text, protocol.Name, pattern.At));
        }
    }
}
