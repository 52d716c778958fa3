using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using NetSuperd.Builtins;
using NetSuperd.Server.Config.Kinds;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;
using NetSuperd.Linux.Spawn;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Documents;

/// <summary>The closed lists of words in the manual pages are those of the source: none is missing, and none is there too much.</summary>
public sealed partial class ManualWordTests
{
    private static readonly string Log = Manual.Section(Manual.Commands, "LOG");

    [Fact]
    public void Refusals_OfTheManual_MatchTheVerdicts()
    {
        var verdicts = typeof(Verdict).GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Select(property => ((Verdict)property.GetValue(null)!).Reason).OfType<string>();

        Same(
            verdicts,
            [
                .. Manual.Words(Manual.Between(Log, "for one of these reasons:", "(the daemon stops)")),
                .. Manual.Words(Manual.Between(Log, "with one of the reasons above", "see\n")),
            ]);
    }

    [Fact]
    public void Ends_OfTheManual_MatchTheEndsOfConnections() => Same(
        Enum.GetValues<ConnectionEnd>().Select(end => end.Word()),
        [
            .. Manual.Words(Manual.Between(Log, "ends in one of these ways:", "A child then gets TERM"))
                .Where(word => !word.Contains('_') || word is "worker_lost" or "target_reset" or "tls_failed"),
            "refused",
        ]);

    [Fact]
    public void Datagrams_OfTheManual_AreCountedByTheWordsOfTheTotals() => Same(
        typeof(DatagramTotals).GetProperties()
            .Where(property => property.PropertyType == typeof(long))
            .Select(property => property.Name.ToLowerInvariant()),
        Manual.Words(Manual.Between(Log, "shows how many were", ".B DatagramRefused")));

    [Fact]
    public void Steps_OfTheManual_MatchTheSpawnFailures() => Same(
        Enumerable.Range(0, 256).Where(SpawnFailure.Knows)
            .Select(status => string.Create(CultureInfo.InvariantCulture, $"{SpawnFailure.From(status, 0)!.Step} {status}")),
        [.. Step().Matches(Log).Select(step => $"{step.Groups[1].Value} {step.Groups[2].Value}")]);

    [Fact]
    public void States_OfTheManual_MatchTheStatesOfListeners() => Same(
        Enum.GetValues<ListenerState>().Select(state => state.Word()),
        Manual.Words(Manual.Between(Manual.Commands, "a socket is\n", ".B SINCE")));

    [Fact]
    public void States_OfTheManual_MatchTheStatesOfServices() => Same(
        Enum.GetValues<ServiceState>().Select(state => state.Word()),
        Manual.Words(Manual.Between(Manual.Commands, "A service is\n", "a socket is\n")));

    [Fact]
    public void Resources_OfTheManual_MatchTheLimits() => Same(
        Resource.All.Select(resource => resource.Name),
        Manual.Words(Manual.Between(Manual.Map, "in small letters:", "are whole numbers.")));

    [Fact]
    public void Builtins_OfTheDocuments_MatchTheAssembly()
    {
        var builtins = typeof(EchoHandler).Assembly.GetTypes()
            .Select(type => type.GetCustomAttribute<HandlerAttribute>()?.Name).OfType<string>().ToList();

        var manual = Manual.Section(Manual.Map, "BUILT-IN HANDLERS").Replace("\\-", "-", StringComparison.Ordinal);
        Same(builtins, [.. Entry().Matches(manual).Select(entry => entry.Groups[1].Value)]);
        var readme = Manual.Between(Manual.Read("README.md"), "## The classic services", " are built in");
        Same(builtins, [.. Code().Matches(readme).Select(code => code.Groups[1].Value)]);
    }

    private static void Same(IEnumerable<string> source, IEnumerable<string> manual) =>
        Assert.Equal(source.Order(StringComparer.Ordinal), manual.Order(StringComparer.Ordinal));

    [GeneratedRegex(@"([a-z_]+)[ ""\n]+\((2\d\d)\)")]
    private static partial Regex Step();

    [GeneratedRegex(@"^\.TP\n\.B ([\w-]+)$", RegexOptions.Multiline)]
    private static partial Regex Entry();

    [GeneratedRegex("`([a-z-]+)`")]
    private static partial Regex Code();
}
