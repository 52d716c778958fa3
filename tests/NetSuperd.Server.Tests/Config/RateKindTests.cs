using CsCheck;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Kinds;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Tests.Config;

public sealed class RateKindTests
{
    private static readonly TimeSpan[] Periods =
    [
        TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), TimeSpan.FromHours(1), TimeSpan.FromDays(1),
    ];

    [Theory]
    [InlineData("50/s", 50, 1, 50)]
    [InlineData("10/min", 10, 60, 10)]
    [InlineData("5/h", 5, 3600, 5)]
    [InlineData("100/day", 100, 86_400, 100)]
    [InlineData("50/s burst 100", 50, 1, 100)]
    [InlineData("50/s burst 1", 50, 1, 1)]
    [InlineData("1000000/s burst 1000000", 1_000_000, 1, 1_000_000)]
    [InlineData("1/min burst 1000000", 1, 60, 1_000_000)]
    [InlineData("1/day burst 36500", 1, 86_400, 36_500)]
    [InlineData("28/day burst 1000000", 28, 86_400, 1_000_000)]
    public void Accepts_Notation_WithItsCountPeriodAndBurst(string text, int count, int seconds, int burst) =>
        Assert.Equal(new Rate(count, TimeSpan.FromSeconds(seconds), burst), Read(text, out _));

    [Theory]
    [InlineData("50", "\"50/s\", \"50/min\", \"50/h\" or \"50/day\"")]
    [InlineData("50 burst 100", "needs a unit")]
    [InlineData("50/sec", "\"50/s\"")]
    [InlineData("50/S", "\"50/s\"")]
    [InlineData("50 per second", "\"50/s\"")]
    [InlineData("50 a minute", "\"50/min\"")]
    [InlineData("5/m burst 5", "\"5/min\"")]
    [InlineData("50/s  burst 100", "\"50/s burst 100\"")]
    [InlineData("50/s burst", "a rate such as")]
    [InlineData("50/s burst 0", "a burst of at least 1")]
    [InlineData("1000001/s", "at most 1000000")]
    [InlineData("99999999999999999999/s", "at most 1000000")]
    [InlineData("1/day burst 36501", "at most 36500")]
    [InlineData("27/day burst 1000000", "at most 985500")]
    [InlineData("1/week", "a rate such as")]
    [InlineData("", "a rate such as")]
    [InlineData("/s", "a rate such as")]
    public void Rejects_OtherTexts_AndSaysWhatToWrite(string text, string hint)
    {
        Assert.Null(Read(text, out var problem));
        Assert.Contains(hint, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Format_AnyRate_IsReadAsTheSame() =>
        Gen.Select(Gen.Int[1, 1_000_000], Gen.OneOf(Periods), Gen.Int[0, 1_000_000]).Sample((count, period, burst) =>
        {
            var least = period.TotalDays < 1 ? 1 : burst / 36_500 + 1;
            var rate = new Rate(Math.Max(count, least), period, burst == 0 ? count : burst);

            Assert.Equal(rate, Read(new RateKind().Format(rate).Trim('"'), out _));
        });

    private static Rate? Read(string text, out string problem)
    {
        var problems = new Problems();
        var node = new ScalarNode(text, new Position(new SourceText("f", text), 1, 1));
        var sound = new RateKind().TryRead(node, "rate", Hosts.Reading(problems), out var rate);
        problem = string.Concat(problems.InOrder().Select(found => found.Message));
        Assert.NotEqual(sound, problem.Length > 0);
        return sound ? rate : null;
    }
}
