using System.Text.RegularExpressions;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>The plugin that the documentation shows, read out of the page so that the page cannot rot.</summary>
/// <param name="Handler">The name of its handler.</param>
/// <param name="Assembly">The name of its assembly, and so of its folder.</param>
/// <param name="Code">The class.</param>
/// <param name="Project">The project file.</param>
internal sealed partial record ShownPlugin(string Handler, string Assembly, string Code, string Project)
{
    /// <summary>The blocks of the README; until it has them, the class that the contract's own page shows.</summary>
    public static async Task<ShownPlugin> ReadAsync()
    {
        var readme = Path.Combine(BuiltTree.Repository, "README.md");
        var page = File.Exists(readme) ? await File.ReadAllTextAsync(readme) : "";
        if (CodeBlock().Match(page) is { Success: true } code)
        {
            var project = ProjectBlock().Match(page);
            Assert.True(project.Success, "README.md shows the code of a plugin and not its project");
            return Of(code.Groups[1].Value, project.Groups[1].Value);
        }

        var contract = await File.ReadAllTextAsync(Path.Combine(BuiltTree.Repository, "src/NetSuperd.Abstractions/README.md"));
        return Of(
            string.Join('\n', contract.Split('\n').Where(line => line.StartsWith("    ", StringComparison.Ordinal)).Select(line => line[4..])),
            await File.ReadAllTextAsync(Path.Combine(Fixtures.Folder, "plugins/readme/plugin.csproj")));
    }

    private static ShownPlugin Of(string code, string project)
    {
        var handler = HandlerName().Match(code).Groups[1].Value;
        Assert.NotEqual("", handler);
        return new ShownPlugin(handler, AssemblyName().Match(project) is { Success: true } named ? named.Groups[1].Value : handler, code, project);
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex("```xml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex ProjectBlock();

    [GeneratedRegex("\\[Handler\\(\"([^\"]+)\"\\)\\]")]
    private static partial Regex HandlerName();

    [GeneratedRegex("<AssemblyName>([^<]+)</AssemblyName>")]
    private static partial Regex AssemblyName();
}
