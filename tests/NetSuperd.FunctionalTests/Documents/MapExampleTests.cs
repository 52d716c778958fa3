using System.Text.RegularExpressions;
using NetSuperd.FunctionalTests.Harness;
using NetSuperd.FunctionalTests.Plugins;

namespace NetSuperd.FunctionalTests.Documents;

/// <summary>
/// <c>netsuperd check</c> accepts every map in the documents. A fragment is completed: a missing service becomes a program, a service
/// without a socket gets one, and services that need what this machine does not have are skipped.
/// </summary>
public sealed partial class MapExampleTests(BuiltPlugins plugins) : IClassFixture<ReadyPlugins>
{
    private static readonly IReadOnlyDictionary<string, string> Maps = Document.Maps();

    private static readonly string[] Handlers =
    [
        "echo", "discard", "chargen", "daytime", "time", "qotd", "systat", "netstat", "ident", "agent-check", "http-health", "custom",
        "greet", "loud",
    ];

    public static TheoryData<string> Names => [.. Maps.Keys];

    [Fact]
    public void Documents_ShowMaps() => Assert.InRange(Maps.Count, 20, 100);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Map_OfADocument_IsValid(string name)
    {
        using var scratch = new Scratch();
        var inetd = scratch.Write("inetd.conf", "");
        var map = Complete(Maps[name]).Replace("inetd:/etc/inetd.conf", $"inetd:{inetd}", StringComparison.Ordinal);

        var result = await Netsuperd.RunAsync("check", "--config", scratch.Write("netsuperd.toml", map));

        Assert.True(result.Status == 0, $"{result.Errors}\n{map}");
    }

    private string Complete(string map)
    {
        // Entries above the first header are sockets or keys of a service, by how they look.
        map = BareSocket().IsMatch(map) ? "[ports]\n" + map
            : BareKey().IsMatch(map) ? "[services.example]\nhandler = \"echo\"\n" + map
            : map;

        // What the sample shows is not all for one and the same map: its folder of plugins, its handler of a web, its log
        // file, and the group that a package makes.
        map = SamplePlugins().Replace(map, "").Replace("handler            = \"web\"", "handler = \"echo\"", StringComparison.Ordinal);
        map = map.Replace("\"netsuperd-web\"", "\"adm\"", StringComparison.Ordinal);
        map = LogFile().IsMatch(map) ? map.Replace("target  = \"stderr\"", "target = \"file\"", StringComparison.Ordinal) : map;

        var used = Used().Matches(map).Select(match => match.Groups[1].Value).ToHashSet();
        var defined = Defined().Matches(map).Select(match => match.Groups[1].Value).ToHashSet();
        var services = used.Except(defined).Except(Handlers)
            .Select(name => $"[services.{name}]\nexec = [\"/bin/true\"]\nuser = \"nobody\"\n"
                + (Regex.IsMatch(map, $"/(?:udp|raw)\"(?: += .*|\\]\nservice += )\"{name}\"") ? "wait = true\n" : ""));
        var binding = BindsItself().Matches(map).Select(match => match.Groups[1].Value);
        var silent = used.Count + defined.Count == 0 ? ["echo"] : defined.Except(used).Except(binding);
        var sockets = silent.Select((name, i) => Sockets(map, name, 10101 + i));
        return $"{WithDaemon(map)}\n{string.Concat(services)}{string.Concat(sockets)}";
    }

    private string WithDaemon(string map)
    {
        var skip = map.Contains("on_unavailable", StringComparison.Ordinal) ? "" : "on_unavailable = \"skip\"\n";
        skip += map.Contains("/raw\"", StringComparison.Ordinal) && !RawSockets().IsMatch(map)
            ? "raw_sockets = true\n"
            : "";
        var shown = plugins.Shown.Any(plugin => map.Contains($"\"{plugin.Handler}\"", StringComparison.Ordinal));
        var daemon = $"[daemon]\n{skip}{(shown ? $"plugins = \"{plugins.Folder}\"\n" : "")}";
        return map.Contains("[daemon]\n", StringComparison.Ordinal)
            ? map.Replace("[daemon]\n", daemon, StringComparison.Ordinal)
            : $"{map}\n{daemon}";
    }

    /// <summary>A socket for connections; where a key is about datagrams, one for them as well.</summary>
    private static string Sockets(string map, string service, int port) =>
        $"[ports.{port}]\nservice = \"{service}\"\n"
        + (map.Contains("bytes_per_source", StringComparison.Ordinal) ? $"[ports.\"{port}/udp\"]\nservice = \"{service}\"\n" : "");

    [GeneratedRegex(@"^raw_sockets +=", RegexOptions.Multiline)]
    private static partial Regex RawSockets();

    [GeneratedRegex(@"^\[services\.([a-z]+)\]\n(?:[^\[\n].*\n)*fds += ""none""", RegexOptions.Multiline)]
    private static partial Regex BindsItself();

    [GeneratedRegex(@"\A(?:#.*\n)*(?:""[^""]+""|[0-9]+) += ")]
    private static partial Regex BareSocket();

    [GeneratedRegex(@"\A(?:#.*\n)*(?!include |import )[a-z_]+ += ")]
    private static partial Regex BareKey();

    [GeneratedRegex(@"^plugins +=.*\n", RegexOptions.Multiline)]
    private static partial Regex SamplePlugins();

    [GeneratedRegex(@"^file +=", RegexOptions.Multiline)]
    private static partial Regex LogFile();

    [GeneratedRegex(
        @"(?:^(?:(?:""[^""]+""|[0-9]+) += (?:\{ service = )?|service +=\s+)|\{ [^{}\n]*service = )""([^""]+)""",
        RegexOptions.Multiline)]
    private static partial Regex Used();

    [GeneratedRegex(@"^\[services\.(\w+)\]", RegexOptions.Multiline)]
    private static partial Regex Defined();
}
