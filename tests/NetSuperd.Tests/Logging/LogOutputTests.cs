using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using NetSuperd.Logging;
using NetSuperd.Server.Config;

namespace NetSuperd.Tests.Logging;

public sealed partial class LogOutputTests : IDisposable
{
    private static readonly IPEndPoint Peer = new(IPAddress.Parse("192.0.2.77"), 4711);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netsuperd-log-");

    private string LogFile => Path.Combine(_folder.FullName, "netsuperd.log");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Text_AnEvent_IsOneLineWithTimeLevelAndMessage()
    {
        var line = Assert.Single(Written(Section(), logger =>
            logger.LogInformation(1, "Listening on {Local} for {Service}, {Elapsed:0.000} s", "0.0.0.0:7", "echo", 1.5), "NetSuperd"));

        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info  Listening on 0\.0\.0\.0:7 for echo, 1\.500 s$", line);
    }

    [Fact]
    public void Text_Levels_HaveTheirWords()
    {
        var lines = Written(Section() with { Level = LogThreshold.Debug }, LogAll);

        Assert.Equal(["debug", "info", "warn", "error", "error"], lines.Select(line => line.Split(' ')[1]));
    }

    [Theory]
    [InlineData(LogThreshold.Info, 4)]
    [InlineData(LogThreshold.Warning, 3)]
    [InlineData(LogThreshold.Error, 2)]
    public void Level_OfTheMap_KeepsTheRestOut(LogThreshold level, int lines) =>
        Assert.Equal(lines, Written(Section() with { Level = level }, LogAll).Length);

    [Fact]
    public void Text_LinesOfAHandler_BeginWithServiceAndConnection()
    {
        var lines = Written(Section(), logger =>
        {
            using (logger.BeginScope(new Dictionary<string, object> { ["Service"] = "greet", ["ConnectionId"] = 5L }))
            {
                logger.LogInformation("said {Word}", "hello");
                logger.LogInformation("said to {@Service}", "greet");
                logger.LogInformation("said in {ConnectionId}", 5);
            }
        }, "NetSuperd.Handlers.greet");

        Assert.Equal(
            ["greet, connection 5: said hello", "greet, connection 5: said to greet", "greet, connection 5: said in 5"],
            lines.Select(line => line.Split(" info  ")[1]));
    }

    [Fact]
    public void Text_WhatComesFromOutside_CannotMakeALine()
    {
        var lines = Written(Section(), logger =>
        {
            logger.LogInformation("said {Line}", "a\nb\u001b[2J");
            logger.LogInformation("said {Letter}", '\n');
            logger.LogInformation("said {Object}", new Uri("http://host/\n", UriKind.RelativeOrAbsolute));
            logger.LogInformation("said {Items}", (object)new List<string> { "a\nb" });
            logger.LogError(new InvalidOperationException("x\ny"), "failed");
        });

        Assert.Equal(5, lines.Length);
        Assert.All(lines, line => Assert.DoesNotContain(line, char.IsControl));
        Assert.EndsWith("said a\\nb\\u001b[2J", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("said \\n", lines[1], StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException", lines[4], StringComparison.Ordinal);
    }

    [Fact]
    public void Text_AFormatThatAValueDoesNotKnow_DoesNotEndTheLog()
    {
        var lines = Written(Section(), logger =>
        {
            logger.LogInformation("{Count:Q}", 5);
            logger.LogInformation("after");
        });

        Assert.EndsWith("after", lines[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LogAddress.Full, "192.0.2.77:4711")]
    [InlineData(LogAddress.Prefix, "192.0.2.0/24")]
    [InlineData(LogAddress.None, "-")]
    public void Address_OfThePeer_IsMaskedAsTheMapSaysAndOursIsNot(LogAddress address, string shown)
    {
        foreach (var format in Enum.GetValues<LogFormat>())
        {
            var line = Assert.Single(Written(Section() with { Address = address, Format = format }, logger =>
                logger.LogInformation(
                    "{Peer}, {Client}, {Local}", Peer, Peer.Address, new IPEndPoint(IPAddress.Parse("198.51.100.9"), 7))));

            Assert.Contains(shown, line, StringComparison.Ordinal);
            Assert.Contains("198.51.100.9:7", line, StringComparison.Ordinal);
            Assert.Equal(address == LogAddress.Full, line.Contains("192.0.2.77", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Json_AnEvent_IsOneObjectWithItsProperties()
    {
        var line = Assert.Single(Written(Section() with { Format = LogFormat.Json }, logger =>
            logger.Log(
                LogLevel.Warning, new EventId(6001, "ConnectionStarted"), "Connection {ConnectionId} of {Service} from {Peer}", 3, "a\nb",
                Peer)));
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;

        Assert.Equal(3, root.GetProperty("ConnectionId").GetInt32());
        Assert.Equal("a\nb", root.GetProperty("Service").GetString());
        Assert.Equal("192.0.2.77:4711", root.GetProperty("Peer").GetString());
        Assert.Equal("Warning", root.GetProperty("@l").GetString());
        Assert.Equal(6001, root.GetProperty("EventId").GetProperty("Id").GetInt32());
        Assert.Equal("ConnectionStarted", root.GetProperty("EventId").GetProperty("Name").GetString());
    }

    [Theory]
    [InlineData(LogFormat.Text)]
    [InlineData(LogFormat.Json)]
    public void Scope_OfAnEventOfTheDaemon_IsWrittenWithItAndWithNoOther(LogFormat format)
    {
        var lines = Written(Section() with { Format = format }, logger =>
        {
            using (logger.BeginScope(new Dictionary<string, object> { ["File"] = "a.toml" }))
            {
                logger.Log(LogLevel.Warning, new EventId(1, "Inside"), "{Count} inside", 1);
            }

            logger.Log(LogLevel.Warning, new EventId(2, "Outside"), "{Count} outside", 2);
        });

        Assert.Equal(format == LogFormat.Json, lines[0].Contains("a.toml", StringComparison.Ordinal));
        Assert.DoesNotContain("a.toml", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Reopen_ARenamedFile_MakesANewOne()
    {
        using (var output = LogOutput.Open(Section()))
        {
            output.Loggers.CreateLogger("test").LogInformation("before");
            Assert.True(SpinWait.SpinUntil(
                () => File.ReadAllText(LogFile).Contains("before", StringComparison.Ordinal), TimeSpan.FromSeconds(30)));
            File.Move(LogFile, LogFile + ".1");
            Assert.Null(output.Reopen().Failure);
            output.Loggers.CreateLogger("test").LogInformation("after");
        }

        Assert.DoesNotContain("after", File.ReadAllText(LogFile + ".1"), StringComparison.Ordinal);
        Assert.Contains("after", File.ReadAllText(LogFile), StringComparison.Ordinal);
    }

    [Fact]
    public void Reopen_AFolderInItsPlace_KeepsWritingToTheOldFileAndSaysSoOnce()
    {
        using (var output = LogOutput.Open(Section()))
        {
            File.Move(LogFile, LogFile + ".1");
            Directory.CreateDirectory(LogFile);
            Assert.Contains(LogFile, output.Reopen().Failure!.Message, StringComparison.Ordinal);
            output.Loggers.CreateLogger("test").LogInformation("after");
        }

        var lines = File.ReadAllLines(LogFile + ".1");
        Assert.Equal(2, lines.Length);
        Assert.Contains(" warn  Cannot reopen the log, still writing to the old file: ", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("after", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Write_AFileThatIsCut_ContinuesAtItsNewEnd()
    {
        using (var output = LogOutput.Open(Section()))
        {
            output.Loggers.CreateLogger("test").LogInformation("before");
            Assert.True(SpinWait.SpinUntil(
                () => File.ReadAllText(LogFile).Contains("before", StringComparison.Ordinal), TimeSpan.FromSeconds(30)));
            File.WriteAllText(LogFile, "another writer's\n");
            output.Loggers.CreateLogger("test").LogInformation("after");
        }

        var lines = File.ReadAllLines(LogFile);
        Assert.Equal("another writer's", lines[0]);
        Assert.Matches(@"^\d{4}-.* after$", lines[1]);
    }

    [Fact]
    public void Dispose_AFullDevice_DoesNotThrow()
    {
        var output = LogOutput.Open(Section() with { File = "/dev/full" });
        output.Loggers.CreateLogger("test").LogInformation("lost");

        Assert.Null(Record.Exception(output.Dispose));
    }

    [Fact]
    public void Open_ANewFile_IsForOwnerAndGroup()
    {
        using var output = LogOutput.Open(Section());

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(LogFile));
    }

    [Fact]
    public void Open_AFileThatCannotBe_SaysSo()
    {
        var section = Section() with { File = Path.Combine(_folder.FullName, "missing", "x.log") };

        Assert.Throws<LogOutputException>(() => LogOutput.Open(section));
    }

    private static void LogAll(ILogger logger)
    {
        foreach (var level in (LogLevel[])[LogLevel.Debug, LogLevel.Information, LogLevel.Warning, LogLevel.Error, LogLevel.Critical])
        {
            logger.Log(level, "said");
        }
    }

    private LogSection Section() => new()
    {
        Level = LogThreshold.Info,
        Format = LogFormat.Text,
        Target = LogTarget.File,
        File = LogFile,
        Address = LogAddress.Full,
        LinesPerSource = null,
    };

    /// <summary>What is written for events of the daemon, which are the same lines as for those of a plugin.</summary>
    private string[] Written(LogSection section, Action<ILogger> log)
    {
        var lines = Written(section, log, "NetSuperd");
        Assert.Equal(lines.Select(WithoutTime), Written(section, log, "test").Select(WithoutTime));
        return lines;
    }

    private string[] Written(LogSection section, Action<ILogger> log, string category)
    {
        File.Delete(LogFile);
        using (var output = LogOutput.Open(section))
        {
            log(output.Loggers.CreateLogger(category));
        }

        return File.ReadAllText(LogFile).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string WithoutTime(string line) => Moment().Replace(line, "").Replace(
        "\"SourceContext\":\"test\"", "\"SourceContext\":\"NetSuperd\"", StringComparison.Ordinal);

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")]
    private static partial Regex Moment();
}
