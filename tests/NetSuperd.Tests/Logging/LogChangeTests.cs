using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using NetSuperd.Logging;
using NetSuperd.Server.Config;

namespace NetSuperd.Tests.Logging;

/// <summary>The log while another section comes into force, as in a reload.</summary>
public sealed class LogChangeTests : IDisposable
{
    private static readonly IPEndPoint Peer = new(IPAddress.Parse("192.0.2.77"), 4711);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netsuperd-log-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Apply_AnotherSection_HoldsForTheLoggersThatThereAre()
    {
        using (var output = LogOutput.Open(Section("old")))
        {
            var logger = output.Loggers.CreateLogger("test");
            logger.LogDebug("old debug");
            logger.LogInformation("old from {Peer}", Peer);
            WaitFor("old", "192.0.2.77:4711");
            Change(output, Section("new") with { Level = LogThreshold.Debug, Format = LogFormat.Json, Address = LogAddress.None });

            logger.LogDebug("new from {Peer}", Peer);
        }

        Assert.Matches("^[^{]* info  old from 192.0.2.77:4711$", Assert.Single(Lines("old")));
        Assert.Matches("^{.*new from .*\"Peer\":\"-\".*}$", Assert.Single(Lines("new")));
    }

    [Theory]
    [InlineData(LogThreshold.Debug, true, true)]
    [InlineData(LogThreshold.Info, false, true)]
    [InlineData(LogThreshold.Error, false, false)]
    public void Apply_AnotherLevel_IsWhatLoggersSayIsEnabled(LogThreshold level, bool debug, bool information)
    {
        using var output = LogOutput.Open(Section("log"));
        var logger = output.Loggers.CreateLogger("test");
        Assert.Equal((false, true), (logger.IsEnabled(LogLevel.Debug), logger.IsEnabled(LogLevel.Information)));

        Change(output, Section("log") with { Level = level });

        Assert.Equal((debug, information), (logger.IsEnabled(LogLevel.Debug), logger.IsEnabled(LogLevel.Information)));
    }

    [Fact]
    public async Task Apply_WhileOthersLog_LosesNothingAndDoublesNothing()
    {
        const int Loggers = 2, Changes = 50, AtLeast = 2000;
        var changed = false;
        int[] counts;
        using (var output = LogOutput.Open(Section("0")))
        {
            // More than the queue holds would be dropped, and that is not what is asked here.
            var logging = Enumerable.Range(0, Loggers).Select(number => Task.Run(() =>
            {
                var logger = output.Loggers.CreateLogger("test");
                var count = 0;
                for (; count < AtLeast || (count < 40_000 && !Volatile.Read(ref changed)); count++)
                {
                    logger.LogInformation("{Number} said {Count}", number, count);
                }

                return count;
            })).ToList();
            for (var change = 1; change <= Changes; change++)
            {
                Change(output, Section($"{change % 3}") with { Format = change % 2 == 0 ? LogFormat.Text : LogFormat.Json });
            }

            Volatile.Write(ref changed, true);
            counts = await Task.WhenAll(logging).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        }

        var lines = Enumerable.Range(0, 3).SelectMany(file => Lines($"{file}")).ToList();
        Assert.Equal(counts.Sum(), lines.Count);
        for (var number = 0; number < Loggers; number++)
        {
            Assert.Equal(
                Enumerable.Range(0, counts[number]),
                lines.Select(line => Said(line, number)).Where(count => count >= 0).Order());
        }
    }

    [Fact]
    public void Prepare_AFileThatCannotBe_ChangesNothing()
    {
        using (var output = LogOutput.Open(Section("old")))
        {
            Assert.Throws<LogOutputException>(() => output.Prepare(Section("missing/new") with
            {
                Level = LogThreshold.Debug,
                Format = LogFormat.Json,
            }));
            output.Loggers.CreateLogger("test").LogDebug("debug");
            output.Loggers.CreateLogger("test").LogInformation("after");
        }

        Assert.EndsWith(" info  after", Assert.Single(Lines("old")), StringComparison.Ordinal);
    }

    [Fact]
    public void Dispose_AChangeThatWasNotMade_LeavesTheLogAndClosesTheFile()
    {
        using (var output = LogOutput.Open(Section("old")))
        {
            output.Prepare(Section("new") with { Level = LogThreshold.Debug }).Dispose();
            Assert.DoesNotContain(Open(), file => file == PathOf("new"));
            output.Loggers.CreateLogger("test").LogDebug("debug");
            output.Loggers.CreateLogger("test").LogInformation("after");
        }

        Assert.Single(Lines("old"));
        Assert.False(File.Exists(PathOf("new")));
    }

    [Fact]
    public void Dispose_AChangeThatWasNotMade_LeavesAFileThatWasThere()
    {
        File.WriteAllText(PathOf("new"), "");
        using var output = LogOutput.Open(Section("old"));
        output.Prepare(Section("new")).Dispose();

        Assert.True(File.Exists(PathOf("new")));
    }

    [Fact]
    public void Apply_AnotherFile_ClosesTheOldOne()
    {
        using var output = LogOutput.Open(Section("old"));

        Change(output, Section("new"));

        Assert.True(SpinWait.SpinUntil(() => !Open().Contains(PathOf("old")), TimeSpan.FromSeconds(30)));
        Assert.Single(Open(), file => file == PathOf("new"));
    }

    [Fact]
    public void Apply_TheSameFile_DoesNotOpenItAgain()
    {
        using (var output = LogOutput.Open(Section("log")))
        {
            File.Move(PathOf("log"), PathOf("renamed"));
            Change(output, Section("log"));
            Change(output, Section("log") with { Level = LogThreshold.Debug });
            output.Loggers.CreateLogger("test").LogDebug("after");
        }

        Assert.EndsWith(" debug after", Assert.Single(Lines("renamed")), StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("log")));
    }

    [Fact]
    public void Apply_AfterARotationOfTheNewFile_WritesToTheFileOfThatName()
    {
        using (var output = LogOutput.Open(Section("old")))
        {
            using var change = output.Prepare(Section("new"));
            File.Move(PathOf("new"), PathOf("renamed"));
            output.Reopen();
            change.Apply();
            output.Loggers.CreateLogger("test").LogInformation("after");
        }

        Assert.Empty(Lines("renamed"));
        Assert.EndsWith(" info  after", Lines("new")[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_AfterARotationThatLeftNoPlace_WritesToTheFileThatWasOpened()
    {
        using (var output = LogOutput.Open(Section("old")))
        {
            using var change = output.Prepare(Section("new"));
            File.Move(PathOf("new"), PathOf("renamed"));
            Directory.CreateDirectory(PathOf("new"));
            output.Reopen();
            change.Apply();
            output.Loggers.CreateLogger("test").LogInformation("after");
        }

        Assert.EndsWith(" info  after", Lines("renamed")[^1], StringComparison.Ordinal);
        Assert.Single(Lines("old").Concat(Lines("renamed")), line =>
            line.Contains(" warn  Cannot reopen the log, still writing to the old file: ", StringComparison.Ordinal));
    }

    [Fact]
    public void Reopen_AfterAChange_IsOfTheNewFile()
    {
        using (var output = LogOutput.Open(Section("old")))
        {
            Change(output, Section("new"));
            File.Move(PathOf("new"), PathOf("renamed"));
            output.Reopen();
            output.Loggers.CreateLogger("test").LogInformation("after");
        }

        Assert.EndsWith(" info  after", Lines("new")[^1], StringComparison.Ordinal);
        Assert.Empty(Lines("old"));
    }

    [Fact]
    public void Apply_StandardErrorAndBack_OpensTheFileAgain()
    {
        using (var output = LogOutput.Open(Section("log") with { Level = LogThreshold.Error }))
        {
            // At this level nothing is written to the terminal of the test run.
            Change(output, Section("log") with { Level = LogThreshold.Error, Target = LogTarget.Stderr, File = null });
            Assert.True(SpinWait.SpinUntil(() => !Open().Contains(PathOf("log")), TimeSpan.FromSeconds(30)));
            Change(output, Section("log"));
            output.Loggers.CreateLogger("test").LogInformation("after");
        }

        Assert.EndsWith(" info  after", Assert.Single(Lines("log")), StringComparison.Ordinal);
    }

    private static void Change(LogOutput output, LogSection section)
    {
        using var change = output.Prepare(section);
        change.Apply();
    }

    private static int Said(string line, int number)
    {
        var text = $"{number} said ";
        var at = line.IndexOf(text, StringComparison.Ordinal);
        return at < 0
            ? -1
            : int.Parse(string.Concat(line[(at + text.Length)..].TakeWhile(char.IsAsciiDigit)), CultureInfo.InvariantCulture);
    }

    private static List<string?> Open() =>
        [.. Directory.EnumerateFiles("/proc/self/fd").Select(link => new FileInfo(link).LinkTarget)];

    private void WaitFor(string file, string text) => Assert.True(SpinWait.SpinUntil(
        () => File.ReadAllText(PathOf(file)).Contains(text, StringComparison.Ordinal), TimeSpan.FromSeconds(30)));

    private string PathOf(string file) => Path.Combine(_folder.FullName, file);

    private string[] Lines(string file) => File.ReadAllText(PathOf(file)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private LogSection Section(string file) => new()
    {
        Level = LogThreshold.Info,
        Format = LogFormat.Text,
        Target = LogTarget.File,
        File = PathOf(file),
        Address = LogAddress.Full,
        LinesPerSource = null,
    };
}
