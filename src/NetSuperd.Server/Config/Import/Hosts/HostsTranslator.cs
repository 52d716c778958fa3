using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Hosts;

/// <summary>Translates hosts.allow and hosts.deny, once all services are known for which they hold.</summary>
internal sealed class HostsTranslator(Importing importing)
{
    private readonly HostsReader _reader = new(importing);
    private readonly List<SourceText> _named = [];
    private readonly Dictionary<string, List<HostsRule>> _beside = [];
    private readonly HashSet<string> _without = [];
    private const string AllowFile = "hosts.allow";
    private const string DenyFile = "hosts.deny";

    private readonly HashSet<Finding> _said = [];

    /// <summary>Takes a file that is imported by its name.</summary>
    public void Translate(SourceText source) => _named.Add(source);

    /// <summary>Sets <c>allow</c> and <c>deny</c> of the services.</summary>
    public void Apply()
    {
        var named = Rules(WithOther());
        var wrapped = importing.Map.Services.Where(service => service.Wrapped is not null).ToList();
        foreach (var service in wrapped)
        {
            Apply(service, _named.Count > 0 ? named : RulesBeside(service));
        }

        if (importing.Map.Services.Count == 0)
        {
            ApplyToDefaults(named);
        }
        else
        {
            SayUnused(named, wrapped);
        }
    }

    /// <summary>The named files, with the other one of the two where only one is named: both hold together.</summary>
    private List<SourceText> WithOther()
    {
        string[] names = [AllowFile, DenyFile];
        if (_named is not [var one] || !names.Contains(Path.GetFileName(one.Name)))
        {
            return _named;
        }

        var other = names.First(name => name != Path.GetFileName(one.Name));
        var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(one.Name))!, other);
        return importing.Files.Shared(path) is { } found ? [one, found] : _named;
    }

    private List<HostsRule> Rules(IEnumerable<SourceText> files) =>
        [.. files.OrderByDescending(HostsReader.IsAllow).SelectMany(Rules)];

    private List<HostsRule> Rules(SourceText file)
    {
        var before = _reader.Broken;
        var rules = _reader.Read(file);
        var isMarkup = file.Text.AsSpan().TrimStart().StartsWith("<");
        var broken = _reader.Broken - before;

        // One that is merely beside the imported file is of the system, and its lines are reported like those of any other.
        if (_named.Contains(file) && (isMarkup || (rules.Count == 0 && broken > 0)))
        {
            importing.Problems.Error(
                new Position(file),
                $"this is no {(HostsReader.IsAllow(file) ? AllowFile : DenyFile)}: "
                + (isMarkup ? "it is a page of HTML or XML" : $"none of its {broken} lines is a rule of one"));
        }

        return rules;
    }

    /// <summary>
    /// The rules that are beside the file of a service, where it may be of another host: those of this host say nothing about it.
    /// </summary>
    private List<HostsRule> RulesBeside(ImportedService service)
    {
        var own = Path.GetDirectoryName(Path.GetFullPath(service.At.Source.Name)) ?? "/";
        var folder = importing.HostsAccess
            ?? (own.EndsWith(".d", StringComparison.Ordinal) ? Path.GetDirectoryName(own) ?? "/" : own);
        if (!_beside.TryGetValue(folder, out var rules))
        {
            string[] files = [Path.Combine(folder, AllowFile), Path.Combine(folder, DenyFile)];
            var found = files.Select(importing.Files.Shared).OfType<SourceText>().ToList();
            rules = Rules(found);
            _beside[folder] = rules;
            if (importing.HostsAccess is null && folder != "/etc" && found.Count == 0)
            {
                _without.Add(folder);
            }
        }

        if (!service.IsOff && service.NamesTcpd && _without.Remove(folder))
        {
            importing.Map.Lost(
                service.Wrapped!.At,
                "tcpd asked hosts.allow and hosts.deny, and neither is beside this file, so every client is let in: import them together "
                + "with it");
        }

        return rules;
    }

    private void Apply(ImportedService service, List<HostsRule> rules)
    {
        var fitting = Fitting(rules, service.Wrapped!.Text, address => IsServedOn(service, address));
        if (fitting.Count == 0)
        {
            return;
        }

        if (ForeignAccess.Set(importing.Map, service, new HostsRules(fitting).Decide(service.At), "the rules of hosts_access(5)"))
        {
            importing.Map.Kept(
                service.Wrapped.At, $"allow and deny of '{service.Name}' are what hosts_access(5) says about '{service.Wrapped.Text}'");
        }
    }

    private void ApplyToDefaults(List<HostsRule> rules)
    {
        var fitting = Fitting(rules, name: null, _ => Certainty.Maybe);
        SayUnused(rules.Where(rule => !fitting.Exists(one => one.Rule == rule)), []);
        if (fitting is not [var (first, _), ..])
        {
            return;
        }

        importing.Map.Defaults = new ImportedService("defaults", first.At);
        ForeignAccess.Set(importing.Map, importing.Map.Defaults, new HostsRules(fitting).Decide(first.At), "these rules");
        importing.Map.Changed(
            first.At, "the rules about all programs are [defaults]: they hold for every service that has no allow and deny of its own");
    }

    private List<(HostsRule Rule, Certainty Certainty)> Fitting(
        IEnumerable<HostsRule> rules, string? name, Func<string, Certainty> isAddress)
    {
        var fitting = rules.Select(rule => (Rule: rule, Certainty: rule.Match(name, isAddress)))
            .Where(one => one.Certainty != Certainty.No).ToList();
        foreach (var (rule, certainty) in fitting)
        {
            Say(rule, certainty);
        }

        return fitting;
    }

    /// <summary>Says what a rule loses, once however many services it is about.</summary>
    private void Say(HostsRule rule, Certainty certainty)
    {
        foreach (var finding in rule.Findings.Where(_said.Add))
        {
            importing.Map.Add(finding);
        }

        for (var clients = rule.Clients; clients is not null; clients = clients.Except)
        {
            foreach (var (pattern, loss) in clients.Losses)
            {
                var end = pattern.Text.Equals("PARANOID", StringComparison.OrdinalIgnoreCase) ? ""
                    : clients != rule.Clients || !rule.Allows ? "; until then more clients are refused"
                    : "; until then the rule lets none of them in";
                SayOnce(pattern.At, loss + end);
            }
        }

        if (certainty == Certainty.Maybe)
        {
            SayOnce(rule.At, "the rule is about one address of this host: bind a service to that address for it; on doubt, clients are "
                + "refused");
        }
    }

    private void SayOnce(Position at, string message)
    {
        var finding = new Finding(at, Outcome.Lost, message);
        if (_said.Add(finding))
        {
            importing.Map.Add(finding);
        }
    }

    private void SayUnused(IEnumerable<HostsRule> rules, List<ImportedService> wrapped)
    {
        foreach (var rule in rules.Where(rule =>
            !wrapped.Exists(service => rule.Match(service.Wrapped!.Text, _ => Certainty.Maybe) != Certainty.No)))
        {
            var names = string.Join(", ", rule.Daemons.Select(word => word.Text));
            importing.Map.Lost(
                rule.At, $"no service of the import is called '{names}' and asks tcpd, so this rule is left out; programs that read the "
                    + "file themselves, such as sshd in some systems, still do");
        }
    }

    private static Certainty IsServedOn(ImportedService service, string address)
    {
        var addresses = ForeignAddress.Read(address);
        return address.Equals("ALL", StringComparison.OrdinalIgnoreCase) ? Certainty.Yes
            : addresses.Count == 0 || service.Sockets.Exists(socket => socket.Key.Addresses.Any(Platform.HostAddress.IsEvery))
                ? Certainty.Maybe
            : service.Sockets.TrueForAll(socket => socket.Key.Addresses.Any(addresses.Contains)) ? Certainty.Yes
            : service.Sockets.Exists(socket => socket.Key.Addresses.Any(addresses.Contains)) ? Certainty.Maybe
            : Certainty.No;
    }
}
