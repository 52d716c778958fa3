using System.Text.RegularExpressions;
using NetSuperd.FunctionalTests.Harness;
using NetSuperd.FunctionalTests.Plugins;

namespace NetSuperd.FunctionalTests.Documents;

/// <summary>The services that README.md shows, a child and two handlers, answer the commands that it shows as it says.</summary>
public sealed partial class ServiceExampleTests(BuiltPlugins plugins) : IClassFixture<ReadyPlugins>
{
    [Fact]
    public async Task Services_OfTheReadme_AnswerItsCommands()
    {
        var readme = Document.Read("README.md");
        var child = Document.Maps().Single(map => map.Value.Contains("[services.upper]", StringComparison.Ordinal)).Value;
        var sockets = Socket().Matches(readme)
            .Select(socket => $"[ports.\"{socket.Groups[1].Value}\"]\nservice = \"{socket.Groups[2].Value}\"\n");
        await using var network = await NetworkNamespace.CreateAsync();
        await using var daemon = await Daemon.StartAsync(
            $"{child}\n{string.Concat(sockets)}\n[daemon]\nplugins = \"{plugins.Folder}\"\n",
            new DaemonSetup { Through = network.EnterWithOwnRun });

        var examples = Example().Matches(readme);

        Assert.Equal(["hello", "World", "hello"], examples.Select(example => example.Groups[2].Value));
        foreach (Match example in examples)
        {
            var (command, answer) = (example.Groups[1].Value, example.Groups[3].Value);
            var result = await network.RunAsync("sh", "-c", command);
            Assert.True(result.Output.TrimEnd() == answer, $"{command}: {result}, not {answer}");
        }
    }

    [GeneratedRegex("""run --port (\d+)=(\w+)$|With `"(?<1>\d+/udp)" = "(?<2>\w+)"` in the map""", RegexOptions.Multiline)]
    private static partial Regex Socket();

    [GeneratedRegex(@"(echo (\w+) \| socat [^`#\n]*[^`# ])(?:` prints `(\w+)`| +# in another terminal: (?<3>.+))", RegexOptions.Multiline)]
    private static partial Regex Example();
}
