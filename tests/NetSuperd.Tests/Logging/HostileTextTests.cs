using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using NetSuperd.Logging;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Tests.Logging;

/// <summary>
/// Whatever part of an event a text from outside gets into: the file has one line for it, which no terminal takes for more than text.
/// </summary>
public sealed class HostileTextTests : IDisposable
{
    private static readonly string[] Texts =
    [
        "\u0000\u0007\u0008\u001b[2J\u001b]0;title\u0007\u007f", "one\r\ntwo\tthree", "\u0080\u0085\u009b2J\u009f",
        "\u202eright\u202c \u2066\u2069 \u200e\u200f\u061c",
        "\u2028line\u2029", "\ufeff\u00ad\u200b\u200d\u2060", "\ufdd0\uffff\U0001fffe", "\U000e0041\U000e007f",
        "<3>2026-11-28T00:00:00.000Z error FAKE", "\"}\n{\"@m\":\"FAKE\"}",
        "quoted \" and \\ and 日本 😀",
    ];

    // Halves of surrogate pairs, which no encoding has.
    private static readonly string[] Broken = ["\ud800", "a\udc00b"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netsuperd-log-");

    /// <summary>Every place of an event that a text can get into.</summary>
    private static readonly Dictionary<string, Action<ILogger, string>> Places = new()
    {
        ["value"] = (logger, text) => logger.LogInformation("said {Text}", text),
        ["template"] = (logger, text) => logger.Log<KeyValuePair<string, object?>[]>(
            LogLevel.Information, 1, [new("{OriginalFormat}", "said " + text.Replace("{", "{{", StringComparison.Ordinal))], null, (_, _) =>
                ""),
        ["item"] = (logger, text) => logger.LogInformation("said {Items}", (object)new List<string> { text }),
        ["key"] = (logger, text) => logger.LogInformation("said {Items}", new Dictionary<string, string> { [text] = text }),
        ["member"] = (logger, text) => logger.LogInformation("said {@Object}", new { Name = text }),
        ["object"] = (logger, text) => logger.LogInformation("said {Object}", new StringBuilder(text)),
        ["formattable"] = (logger, text) => logger.LogInformation("said {Object:x}", new Formattable(text)),
        ["exception"] = (logger, text) => logger.LogError(new InvalidOperationException(text), "failed"),
        ["event name"] = (logger, text) => logger.Log(LogLevel.Warning, new EventId(7, text), "said"),
        ["scope"] = (logger, text) =>
        {
            using (logger.BeginScope(new Dictionary<string, object> { ["Service"] = text, [text] = 1 }))
            {
                logger.LogInformation("said");
            }
        },
        ["scope in words"] = (logger, text) =>
        {
            using (logger.BeginScope("in {Name}", text))
            {
                logger.LogInformation("said");
            }
        },
    };

    private string LogFile => Path.Combine(_folder.FullName, "netsuperd.log");

    public static TheoryData<LogFormat> Formats => [.. Enum.GetValues<LogFormat>()];

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Formats))]
    public void Log_HostileText_IsOnePlainLineWhereverItGets(LogFormat format)
    {
        foreach (var (place, log) in Places)
        {
            foreach (var text in Texts.Concat(Broken))
            {
                var written = Written(format, logger => log(logger, text));

                Assert.True(written.EndsWith('\n') && written.Count(letter => letter == '\n') == 1, $"{place}: {written}");
                Assert.True(written[..^1].EnumerateRunes().All(PlainText.IsPlain), $"{place}: {PlainText.Of(written)}");
            }
        }
    }

    [Fact]
    public void Log_ALoggerNamedByOutside_IsOnePlainLine()
    {
        using (var output = LogOutput.Open(Section(LogFormat.Json)))
        {
            output.Loggers.CreateLogger(string.Concat(Texts)).LogInformation("said");
        }

        Assert.True(File.ReadAllText(LogFile)[..^1].EnumerateRunes().All(PlainText.IsPlain));
    }

    [Fact]
    public void Json_HostileText_MeansTheSame()
    {
        foreach (var text in Texts)
        {
            using var json = JsonDocument.Parse(Written(LogFormat.Json, logger => logger.LogInformation("said {Text}", text)));

            Assert.Equal(text, json.RootElement.GetProperty("Text").GetString());
            Assert.Equal(
                $"said \"{text}\"", json.RootElement.GetProperty("@m").GetString()!.Replace("\\\"", "\"", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Text_AValueWithoutEnd_IsCut() =>
        Assert.InRange(
            Written(LogFormat.Text, logger => logger.LogInformation("said {Text}", new string('x', 1_000_000))).Length, 4096, 4200);

    private LogSection Section(LogFormat format) => new()
    {
        Level = LogThreshold.Info,
        Format = format,
        Target = LogTarget.File,
        File = LogFile,
        Address = LogAddress.Full,
        LinesPerSource = null,
    };

    private string Written(LogFormat format, Action<ILogger> log)
    {
        File.Delete(LogFile);
        using (var output = LogOutput.Open(Section(format)))
        {
            log(output.Loggers.CreateLogger("test"));
        }

        return File.ReadAllText(LogFile);
    }

    private sealed class Formattable(string text) : IFormattable
    {
        public string ToString(string? format, IFormatProvider? provider) => text;

        public override string ToString() => text;
    }
}
