using System.Globalization;
using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Config.Import.Tcpserver;

/// <summary>The options of tcpserver(1), sslserver(1), tcpsvd(8), udpsvd(8) and sslsvd(8).</summary>
internal sealed class TcpserverOptions(
    Importing importing, TcpserverKind kind, ShellVariables variables, TcpserverChain chain, ImportedService service)
{
    // What is about certificates, and is lost with the encryption as a whole.
    private const string OfTls = "esSnNZK/UwTiVaA3mjJyYf";

    private ShellWord? _user;
    private ShellWord? _group;
    private bool _asksName = !kind.IsOfIpsvd;
    private bool _asksUser = !kind.IsOfIpsvd;

    /// <summary>The backlog; null: the default.</summary>
    public ShellWord? Backlog { get; private set; }

    /// <summary>Whether TCP_NODELAY is set.</summary>
    public bool NoDelay { get; private set; }

    /// <summary>Whether the socket is one of IPv6 where the host is 0.</summary>
    public bool IsIPv6 { get; private set; }

    /// <summary>The compiled rules; null: there are none.</summary>
    public ShellWord? Rules { get; private set; }

    /// <summary>Takes an option.</summary>
    public void Take(char option, ShellWord value)
    {
        switch (option)
        {
            case 'c':
                SetCount(AdmissionKeys.MaxConnections, value, value.Text);
                break;
            case 'C':
                SetPerSource(value);
                break;
            case 'b':
                Backlog = value;
                break;
            case 'u':
                _user = value;
                break;
            case 'g':
                _group = value;
                break;
            case 'U' when !kind.IsOfIpsvd:
                TakeIds(value);
                break;
            case 'x':
                Rules = value;
                break;
            case 'i' when kind.IsOfIpsvd:
                Lose(
                    value, $"the instructions of {value.Text} are not read (ipsvd-instruct(5)), and they may refuse clients: write allow "
                        + "and deny, and remove enabled");
                Disable(value, "allow and deny");
                break;
            case 'l':
                if (!chain.IsMissing(value, "env.TCPLOCALHOST"))
                {
                    service.Set(ServiceKeys.Env, "TCPLOCALHOST", value.Text, value.Word.At);
                }

                break;
            case 'H' or 'h':
                _asksName = option == 'h';
                break;
            case 'R':
                _asksUser = false;
                break;
            case 'D' or 'd':
                NoDelay = option == 'D';
                break;
            case '6':
                IsIPv6 = true;
                break;
            default:
                TakeRest(option, value);
                break;
        }
    }

    /// <summary>What the options mean together.</summary>
    public void Finish(ShellWord program)
    {
        if (kind.MostConnections is { } most && service.Find(AdmissionKeys.MaxConnections) is null)
        {
            service.Set(AdmissionKeys.MaxConnections, most, program.Word.At);
        }

        if (_user is not null)
        {
            chain.SetUser(_user);
        }

        if (_group is not null && !chain.IsMissing(_group, "group"))
        {
            service.Set(ServiceKeys.Group, _group.Text, _group.Word.At);
        }

        if (service.Find(ServiceKeys.User) is null && _user is null)
        {
            ForeignUser.Set(importing.Map, service, program.Word with { Text = "root" });
        }

        if (_asksName || _asksUser)
        {
            importing.Map.ChangedOnce(
                program.Word.At, "clients are not asked for their names and users: TCPREMOTEHOST and TCPREMOTEINFO are not set, as "
                    + "with -H -R");
        }

        if (kind.IsEncrypted)
        {
            Lose(
                program, $"{kind.Name} ends the encryption (TLS) of its clients, and the daemon does not: put a program such as stunnel(8) "
                    + "in front of the service, and remove enabled");
            Disable(program, "TLS");
        }
    }

    /// <summary>Sets the clients from the source of the compiled rules.</summary>
    /// <returns>The source; null: there is none.</returns>
    public Reporting.SourceText? SetRules()
    {
        if (Rules is null || chain.IsMissing(Rules, "allow and deny"))
        {
            return null;
        }

        var path = variables.PathOf(Rules.Text);
        var bare = path.EndsWith(".cdb", StringComparison.Ordinal) ? path[..^".cdb".Length] : path;
        string[] candidates = [bare, bare + ".rules", bare + ".txt", path + ".rules"];
        var source = kind.IsOfIpsvd
            ? null
            : candidates.Where(file => file != path).Select(importing.Files.Shared).FirstOrDefault(text => text is not null);
        if (source is null)
        {
            Lose(
                Rules, $"the rules in {Rules.Text} are compiled, and their source is not beside them ({Path.GetFileName(bare)}): they may "
                    + "refuse clients, so write allow and deny, and remove enabled");
            Disable(Rules, "allow and deny");
            return null;
        }

        new TcpRules(importing.Map, source).Set(service);
        importing.Map.Kept(Rules.Word.At, $"allow and deny of '{service.Name}' are the rules of {source.Name}");
        return source;
    }

    private void TakeRest(char option, ShellWord value)
    {
        var message = option switch
        {
            'B' => "the banner is not sent: let the program greet its clients",
            'p' => "clients whose name and address disagree are not told from others, since names are not looked up",
            'o' => "IP options of clients (source routes) are left to the system",
            'I' => "the network interface is left out: write it in the address, [fe80::1%eth0]:25, or as device",
            'E' when kind.IsOfIpsvd => "the program gets the variables of its connection all the same",
            _ when kind.IsEncrypted && OfTls.Contains(option, StringComparison.Ordinal) => "",
            'v' or 'q' or 'Q' or 'r' or 'P' or 'O' or 'X' or 't' or '1' or '4' or 'E' => "",
            _ => $"{kind.Name} has no option -{option}, and refused to start: it is left out",
        };
        if (message.Length == 0)
        {
            importing.Map.Kept(value.Word.At, $"-{option} of {kind.Name} has no part in the map");
        }
        else
        {
            Lose(value, message);
        }
    }

    private void SetPerSource(ShellWord value)
    {
        var colon = value.Text.IndexOf(':', StringComparison.Ordinal);
        SetCount(AdmissionKeys.MaxPerSource, value, colon < 0 ? value.Text : value.Text[..colon]);
        if (colon >= 0)
        {
            service.Set(AdmissionKeys.BannerRefused, value.Text[(colon + 1)..].Replace("\\r", "", StringComparison.Ordinal)
                .Replace("\\n", "", StringComparison.Ordinal), value.Word.At);
            importing.Map.Changed(value.Word.At, "banner_refused goes to every refused client, and not only to those over the limit of "
                + "one");
        }
    }

    private void SetCount(Key<Service> key, ShellWord value, string text)
    {
        if (chain.IsMissing(value, key.Name))
        {
            return;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0)
        {
            service.Set(key, count, value.Word.At);
        }
        else
        {
            Lose(value, $"'{text}' is no number above 0: the default of {kind.Name} holds");
        }
    }

    // -U: the user and group that envuidgid(8) has put into the environment.
    private void TakeIds(ShellWord option)
    {
        var (user, group) = (variables.Value("UID"), variables.Value("GID"));
        if (user is null || group is null)
        {
            chain.IsMissing(option with { Missing = "UID and GID" }, "user");
            return;
        }

        _user = option with { Word = option.Word with { Text = user } };
        _group = option with { Word = option.Word with { Text = group } };
    }

    private void Lose(ShellWord word, string message) => importing.Map.Lost(word.Word.At, message);

    private void Disable(ShellWord word, string what)
    {
        service.Disable(word.Word.At);
        service.Remarks.Add($"fill in {what}, and remove enabled");
    }
}
