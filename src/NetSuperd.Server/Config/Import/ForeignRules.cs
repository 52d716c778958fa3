using System.Text.RegularExpressions;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Import;

/// <summary>The rules of a service that passes its clients on by their first bytes, in the order in which they are asked.</summary>
internal sealed partial class ForeignRules
{
    private const string Service = "service";

    private readonly List<Node> _rules = [];

    /// <summary>Whether a test for the name of a server can have it: a name, or one behind <c>*.</c>.</summary>
    public static bool IsHost(string name) => Host().IsMatch(name);

    /// <summary>Adds a rule.</summary>
    /// <param name="test">The test.</param>
    /// <param name="value">What is tested for.</param>
    /// <param name="service">The name of the service that gets the client, in the map.</param>
    /// <param name="at">Where the imported file says so.</param>
    public void Add(string test, object value, string service, Position at)
    {
        var rule = new TableNode(at, TableOrigin.Inline);
        rule.Add(new Entry(test, at, ImportedService.NodeOf(value, at)));
        Add(rule, service, at);
    }

    /// <summary>Adds the rule for every other client.</summary>
    public void AddOthers(string service, Position at) => Add(new TableNode(at, TableOrigin.Inline), service, at);

    /// <summary>Lets a service pass its clients on.</summary>
    public void Set(ImportedService service)
    {
        service.Set(ServiceKeys.Handler, ServiceByFirstBytes.Handler, service.At);
        service.Set(ServiceKeys.Settings, ServiceByFirstBytes.Key, new ArrayNode(_rules, OfTables: false, service.At), service.At);
    }

    private void Add(TableNode rule, string service, Position at)
    {
        rule.Add(new Entry(Service, at, new ScalarNode(service, at)));
        _rules.Add(rule);
    }

    [GeneratedRegex(@"\A(?:\*\.)?(?:[A-Za-z0-9_-]+\.)*[A-Za-z0-9_-]+\z")]
    private static partial Regex Host();
}
