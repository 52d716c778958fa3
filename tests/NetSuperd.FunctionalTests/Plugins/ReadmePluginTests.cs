using System.Text.RegularExpressions;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>The plugin that the documentation shows, from an empty folder to running.</summary>
public sealed partial class ReadmePluginTests
{
    [Fact]
    public async Task Plugin_OfTheDocumentation_BuildsAndAnswers()
    {
        var (code, project) = await ReadAsync();
        var handler = HandlerName().Match(code).Groups[1].Value;
        var name = AssemblyName().Match(project) is { Success: true } named ? named.Groups[1].Value : handler;
        using var scratch = new Scratch();
        scratch.Write($"{name}/Handler.cs", code);

        var plugins = await PluginBuild.PublishAsync(scratch, scratch.Write($"{name}/{name}.csproj", project));

        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            %p% = "{handler}"
            [daemon]
            plugins = "{plugins}"
            """);
        using var client = await daemon.ConnectAsync("p");
        Assert.NotEqual("", await client.ExchangeAsync("TEST\n"));
        Assert.Equal("closed", (await daemon.WaitForEventAsync("ConnectionEnded"))["End"]);
    }

    /// <summary>The blocks of the README; until it has them, the class that the contract's own page shows.</summary>
    private static async Task<(string Code, string Project)> ReadAsync()
    {
        var readme = Path.Combine(BuiltTree.Repository, "README.md");
        var page = File.Exists(readme) ? await File.ReadAllTextAsync(readme) : "";
        if (Block("csharp").Match(page) is { Success: true } code)
        {
            var project = Block("xml").Match(page);
            Assert.True(project.Success, "README.md shows the code of a plugin and not its project");
            return (code.Groups[1].Value, project.Groups[1].Value);
        }

        var contract = await File.ReadAllTextAsync(Path.Combine(BuiltTree.Repository, "src/NetSuperd.Abstractions/README.md"));
        return (
            string.Join('\n', contract.Split('\n').Where(line => line.StartsWith("    ", StringComparison.Ordinal)).Select(line => line[4..])),
            await File.ReadAllTextAsync(Path.Combine(Fixtures.Folder, "plugins/readme/plugin.csproj")));
    }

    private static Regex Block(string language) => new($"```{language}\n(.*?)```", RegexOptions.Singleline);

    [GeneratedRegex("\\[Handler\\(\"([^\"]+)\"\\)\\]")]
    private static partial Regex HandlerName();

    [GeneratedRegex("<AssemblyName>([^<]+)</AssemblyName>")]
    private static partial Regex AssemblyName();
}
