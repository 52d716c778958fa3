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
    /// <summary>The blocks of the README: each class with the project that stands before the first.</summary>
    public static async Task<IReadOnlyList<ShownPlugin>> ReadAsync()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(BuiltTree.Repository, "README.md"));
        var project = ProjectBlock().Match(page);
        Assert.True(project.Success, "README.md shows no project of a plugin");
        return [.. CodeBlock().Matches(page).Select(code => Of(code.Groups[1].Value, project.Groups[1].Value))];
    }

    private static ShownPlugin Of(string code, string project)
    {
        var handler = HandlerName().Match(code).Groups[1].Value;
        Assert.NotEqual("", handler);
        return new ShownPlugin(
            handler, AssemblyName().Match(project) is { Success: true } named ? named.Groups[1].Value : handler, code, project);
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
