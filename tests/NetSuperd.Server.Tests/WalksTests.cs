using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace NetSuperd.Server.Tests;

/// <summary>The walks of <c>src/README.md</c>, compared with the source as far as a search of the text can tell.</summary>
public sealed partial class WalksTests
{
    private static string Source { get; } = Path.GetFullPath("../../src", Here());

    private static readonly string Tour = File.ReadAllText(Path.Combine(Source, "README.md"));

    private static readonly List<string[]> Files = [.. Directory.GetFiles(Source, "*.cs", SearchOption.AllDirectories)
        .Where(file => !Path.GetRelativePath(Source, file).Split('/').Any(part => part is "obj" or "bin"))
        .Select(File.ReadAllLines)];

    public static TheoryData<string> Names => [.. Walks().Select(walk => walk.Name)];

    [Fact]
    public void Walks_OfTheTour_AreOfConnectionsDatagramsAndReloads() =>
        Assert.Equal(
            [
                "A connection to a built-in", "A connection to a child", "A connection that a handler in a worker passes to a service",
                "A forwarded connection", "A datagram to a built-in", "A datagram that is forwarded", "A reload",
            ],
            Walks().Select(walk => walk.Name));

    [Theory]
    [InlineData("A connection to a built-in", 21, 13)]
    [InlineData("A connection to a child", 26, 16)]
    public void Walks_OfAConnection_AreShort(string name, int methods, int files)
    {
        var steps = Steps(name);

        Assert.InRange(steps.Select(step => (step.Type, step.Method)).Distinct().Count(), 1, methods);
        Assert.InRange(steps.SelectMany(step => Bodies(step.Type, step.Method)).Select(found => found.File).Distinct().Count(), 1, files);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Walks_EachMethod_ExistsAndIsCalledByTheOneAboveIt(string name)
    {
        var (steps, wrong) = (Steps(name), new List<string>());
        foreach (var (i, (depth, type, method)) in steps.Index())
        {
            var caller = steps.Take(i).LastOrDefault(step => step.Depth < depth);
            if (BodyOf(type, method) is "")
            {
                wrong.Add($"{type}.{method} is not in the source");
            }
            else if (caller.Type is null
                ? i > 0 && method is not ("Ready" or "Run")
                : !Regex.IsMatch(BodyOf(caller.Type, caller.Method), $@"\b{method}\b"))
            {
                wrong.Add($"{type}.{method} is not called by {caller.Type ?? "the event loop"}.{caller.Method}");
            }
        }

        Assert.Empty(wrong);
        Assert.NotEmpty(steps);
    }

    [Fact]
    public void Tour_TheTypesAndFoldersThatItNames_Exist()
    {
        var named = Named().Matches(Tour).Select(found => found.Groups[1].Value).Distinct().ToList();

        Assert.NotEmpty(named);
        Assert.DoesNotContain(named, name => !Files.Any(file => Declares(file, name))
            && Directory.GetDirectories(Source, name, SearchOption.AllDirectories) is []);
    }

    /// <summary>The methods of a name, with the files in which they are.</summary>
    private static IEnumerable<(string[] File, string Body)> Bodies(string type, string method) => Files
        .Where(file => Declares(file, type))
        .SelectMany(file => file.Index()
            .Where(line => line.Item.Contains(method, StringComparison.Ordinal) && Regex.IsMatch(
                line.Item,
                $@"^(?:    ){{1,2}}(?:(?:public|private|protected|internal|static|virtual|override|async|unsafe) )+[^=;]*?\b{method}\("))
            .Select(line => (file, BodyAt(file, line.Index))));

    private static bool Declares(string[] file, string type) =>
        file.Any(line => line.Contains(type, StringComparison.Ordinal)
            && Regex.IsMatch(line, $@"\b(?:class|struct|record|interface|enum) {type}\b"));

    private static string BodyOf(string type, string method) => string.Join('\n', Bodies(type, method).Select(found => found.Body));

    /// <summary>From the line that declares a method to the end of its block, or of its expression.</summary>
    private static string BodyAt(string[] file, int start)
    {
        var edge = file[start][..^file[start].TrimStart().Length];
        var end = Array.FindIndex(file, start, line => line.EndsWith(';') || line == edge + "{");
        return string.Join('\n', file[start..(1 + (file[end].EndsWith(';') ? end : Array.IndexOf(file, edge + "}", end)))]);
    }

    private static List<(int Depth, string Type, string Method)> Steps(string name) => Walks().Single(walk => walk.Name == name).Steps;

    private static List<(string Name, List<(int Depth, string Type, string Method)> Steps)> Walks() => [.. Walk()
        .Matches(Tour)
        .Select(walk => (
            walk.Groups[1].Value,
            Step().Matches(walk.Groups[2].Value)
                .Select(step => (step.Groups[1].Length, step.Groups[2].Value, step.Groups[3].Value))
                .ToList()))];

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    [GeneratedRegex(@"^\*\*([^*\n]+)\.\*\*(?:[^\n]*\n)+?\n((?:    [^\n]+\n)+)", RegexOptions.Multiline)]
    private static partial Regex Walk();

    [GeneratedRegex(@"`([A-Z]\w+)(?:\.[A-Z]\w+)*(?:\.cs)?`")]
    private static partial Regex Named();

    [GeneratedRegex(@"^( +)(\w+)\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex Step();
}
