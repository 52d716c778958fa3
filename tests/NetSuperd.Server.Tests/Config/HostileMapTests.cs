using System.Text;
using CsCheck;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;
using Tomlyn;
using Tomlyn.Parsing;

namespace NetSuperd.Server.Tests.Config;

/// <summary>They compute for seconds: beside other tests these would wait for their pool threads, and the pool would grow.</summary>
[Collection(RunsAlone.Name)]
public sealed class HostileMapTests
{
    private const int Inputs = 10_000;

    [Fact]
    public async Task Load_HostileText_IsAnsweredAndEveryProblemIsShown()
    {
        using var folder = new TemporaryFolder();
        await SampleAsync(
            HostileTexts.Gen,
            bytes =>
            {
                var file = Path.Combine(folder.Path, Path.GetRandomFileName());
                File.WriteAllBytes(file, bytes);
                var result = MapFiles.Load(file);
                File.Delete(file);

                foreach (var problem in result.Problems)
                {
                    var lines = ProblemText.Format(problem).Split('\n');
                    Assert.Equal(problem.At.Line == 0 ? 1 : 3, lines.Length);
                    Assert.DoesNotContain(lines, line => line.Any(letter => char.IsControl(letter) && letter != '\t'));
                    Assert.All(lines[1..], line => Assert.True(line.Length < 2000));
                    Assert.NotEmpty(problem.Message);
                }

                AssertShownIsAccepted(result, folder);
            });
    }

    [Fact]
    public Task Read_HostileText_IsWrongWhereTomlynSaysSo() =>
        SampleAsync(
            Gen.OneOf(HostileTexts.Gen, HostileTexts.Definitions),
            bytes =>
            {
                // The tree has its own check for double definitions; Tomlyn's is the second opinion. It is not the last word: it lets
                // [a], b = 1, c.d = 1, [a.b] pass, and of arrays of tables it refuses [[a]], [a.b], [[a]], b = 1, so these are left out.
                var text = Encoding.UTF8.GetString(bytes)
                    .Replace("[[", "[", StringComparison.Ordinal)
                    .Replace("]]", "]", StringComparison.Ordinal);
                var problems = new Problems();
                TomlReader.Read(new SourceText("f", text), problems);

                Assert.True(problems.ErrorCount > 0 || !IsWrong(text));
            });

    // On a thread of its own: seconds of work on pool threads make the pool grow, and tests that starve it then starve nothing.
    private static Task SampleAsync(Gen<byte[]> texts, Action<byte[]> check) => Task.Factory.StartNew(
        () => texts.Sample(check, iter: Inputs, threads: 1, print: Encoding.UTF8.GetString),
        TestContext.Current.CancellationToken,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    private static bool IsWrong(string text)
    {
        try
        {
            return SyntaxParser.Parse(text + "\n", "f", validate: true).HasErrors;
        }
        catch (TomlException)
        {
            return true;
        }
    }

    private static void AssertShownIsAccepted(LoadResult result, TemporaryFolder folder)
    {
        if (result.HasErrors)
        {
            return;
        }

        var shown = MapText.Format(result.Map);
        var file = Path.Combine(folder.Path, Path.GetRandomFileName());
        File.WriteAllText(file, shown);
        var again = MapFiles.Load(file);
        File.Delete(file);
        Assert.False(again.HasErrors, MapFiles.Render(again, folder.Path));
        Assert.Equal(shown, MapText.Format(again.Map));
    }
}
