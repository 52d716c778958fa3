using System.Text.RegularExpressions;

namespace NetSuperd.Server.Tests.Documents;

/// <summary>The page that tells how to write a plugin shows what its template creates.</summary>
public sealed partial class PluginPageTests
{
    private const string Template = "src/NetSuperd.Templates/content/netsuperd-handler/";
    private static readonly string[] Created = ["src/Plugin1/Plugin1Handler.cs", "tests/Plugin1.Tests/Plugin1HandlerTests.cs"];

    [Fact]
    public void Code_OfThePage_IsThatOfTheTemplate()
    {
        var created = Created
            .SelectMany(file => Manual.Read(Template + file).Split('\n'))
            .Select(line => line.Trim().Replace("Plugin1", "Greet", StringComparison.Ordinal))
            .Select(line => line.Replace("plugin-one", "greet", StringComparison.Ordinal))
            .ToHashSet();
        var shown = CodeBlock().Matches(Manual.Read("src/plugins/README.md"))
            .SelectMany(block => block.Groups[1].Value.Split('\n')).Select(line => line.Trim()).ToList();

        Assert.Equal("", string.Join('\n', shown.Where(line => !created.Contains(line))));
        Assert.InRange(shown.Count, 20, int.MaxValue);
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
