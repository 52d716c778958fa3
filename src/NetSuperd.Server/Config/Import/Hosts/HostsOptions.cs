namespace NetSuperd.Server.Config.Import.Hosts;

/// <summary>The options of a rule, hosts_options(5).</summary>
/// <param name="allows">Whether the rule lets its clients in where no option says otherwise.</param>
internal sealed class HostsOptions(bool allows)
{
    private readonly List<Finding> _findings = [];
    private bool _isRefused;

    /// <summary>Whether the rule lets its clients in.</summary>
    public bool Allows { get; private set; } = allows;

    /// <summary>What a map does with the options.</summary>
    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>Reads the options.</summary>
    public void Read(IReadOnlyList<Word> options)
    {
        for (var at = 0; at < options.Count; at++)
        {
            var option = options[at];
            var end = option.Text.AsSpan().IndexOfAny(" \t=");
            var name = (end < 0 ? option.Text : option.Text[..end]).ToLowerInvariant();
            var isFinal = name is "allow" or "deny" or "twist";
            if (isFinal && at + 1 < options.Count)
            {
                Refuse(option, $"'{name}' is not the last option, so tcpd refused the clients of this rule, and they are refused here");
                return;
            }

            Take(option, name, end < 0 ? "" : option.Text[(end + 1)..].Trim());
        }
    }

    private void Take(Word option, string name, string value)
    {
        switch (name)
        {
            case "allow" or "deny":
                Allows = name == "allow" && !_isRefused;
                break;
            case "twist":
                Refuse(
                    option,
                    "'twist' served these clients with another program; they are refused now: let that program serve a socket of its own, "
                    + "or write banner_refused for a line to refused clients");
                break;
            case "aclexec":
                Refuse(option, "'aclexec' asked a command whether to let these clients in; they are refused now: write their addresses");
                break;
            case "spawn":
                Lose(option, "the command of 'spawn' is not run when a client comes: let it follow the log, which names every client");
                break;
            case "severity":
                _findings.Add(new Finding(
                    option.At, Outcome.Changed, "'severity' is left out: connections are logged as information, refusals by their reason"));
                break;
            case "keepalive":
                _findings.Add(new Finding(option.At, Outcome.Kept, "every TCP socket has keepalive"));
                break;
            case "rfc931":
                Lose(option, "the user of a client is not asked for (RFC 1413): the log has its address alone");
                break;
            case "linger":
                Lose(option, "SO_LINGER is not set: let the program set it");
                break;
            case "banners":
                Lose(option, "the banner is not sent: banner_refused is a line for refused clients, and the program can greet the others");
                break;
            case "setenv":
                Lose(option, $"the variable is not set: clients = [{{ from = [...], env = {{ {Variable(value)} }} }}] sets it for clients "
                    + "with these addresses");
                break;
            case "nice" or "umask" or "user" or "group":
                Lose(option, $"'{name}' is not set for these clients alone: {name} of the service sets it for all of them");
                break;
            default:
                Refuse(
                    option,
                    $"'{option.Text}' is no option of hosts_options(5), so tcpd refused the clients of this rule, and they are "
                    + "refused here (IPv6 addresses need brackets there)");
                break;
        }
    }

    private static string Variable(string value) =>
        value.IndexOfAny([' ', '\t']) is > 0 and var blank
            ? $"{value[..blank]} = {Toml.TomlWriter.Text(value[blank..].Trim())}"
            : $"{value} = \"\"";

    private void Refuse(Word option, string message)
    {
        Allows = false;
        _isRefused = true;
        Lose(option, message);
    }

    private void Lose(Word option, string message) => _findings.Add(new Finding(option.At, Outcome.Lost, message));
}
