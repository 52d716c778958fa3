using System.Globalization;
using System.Text.RegularExpressions;
using NetSuperd.Logging;

namespace NetSuperd.Tests.Logging;

public sealed partial class LogWriterTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void Dispose_WhatIsQueued_IsWrittenInOrderAndTheStreamClosed()
    {
        var stream = new TestStream();
        stream.Open.Reset();
        var writer = Writer(stream);
        for (var i = 0; i < 10_000; i++)
        {
            writer.Write($"event {i}");
        }

        stream.Open.Set();
        writer.Dispose();

        Assert.Equal(Enumerable.Range(0, 10_000).Select(i => $"event {i}"), stream.Lines);
        Assert.True(stream.IsDisposed);
    }

    [Fact]
    public void Write_AFullQueue_DropsLinesCountsAndReportsThem()
    {
        const int MostQueued = 100_000, TooMany = 500;
        var stream = new TestStream();
        stream.Open.Reset();
        var writer = Writer(stream);
        writer.Write("first");
        Assert.True(stream.Entered.Wait(Patience, TestContext.Current.CancellationToken));

        // The thread is inside the write of the first: nothing is taken from the queue.
        for (var i = 0; i < MostQueued + TooMany; i++)
        {
            writer.Write("e");
        }

        stream.Open.Set();
        writer.Dispose();

        Assert.Equal(MostQueued, stream.Lines.Count(line => line == "e"));
        Assert.Equal(TooMany, Dropped(stream));
    }

    [Fact]
    public void Write_AStreamThatFails_IsTriedAgainAndTheLossIsReportedFirst()
    {
        var stream = new TestStream { Fails = true };
        var writer = Writer(stream);
        writer.Write("lost");
        Assert.True(stream.Failures.Wait(Patience, TestContext.Current.CancellationToken));
        writer.Write("lost too");
        Assert.True(stream.Failures.Wait(Patience, TestContext.Current.CancellationToken));

        // Whether the second was counted before this is taken is not for the test to know.
        stream.Fails = false;
        writer.Write("written");
        writer.Dispose();

        Assert.Equal(2, Dropped(stream));
        Assert.Equal("written", stream.Lines[^1]);
        Assert.DoesNotContain("lost", stream.Lines);
    }

    [Fact]
    public void Write_AStreamThatTakesAPart_CountsTheLinesThatAreMissing()
    {
        // Two whole lines and a half one of ten.
        var stream = new TestStream { Fails = true, TakesBefore = "event 0\nevent 1\neve".Length };
        stream.Open.Reset();
        var writer = Writer(stream);
        writer.Write("event 0");
        Assert.True(stream.Entered.Wait(Patience, TestContext.Current.CancellationToken));
        for (var i = 1; i < 10; i++)
        {
            writer.Write($"event {i}");
        }

        // The first is written alone, and the other nine at once.
        stream.Open.Set();
        Assert.True(stream.Failures.Wait(Patience, TestContext.Current.CancellationToken));
        Assert.True(stream.Failures.Wait(Patience, TestContext.Current.CancellationToken));
        stream.Fails = false;
        writer.Write("written");
        writer.Dispose();

        Assert.Equal(("event 0", "written"), (stream.Lines[0], stream.Lines[^1]));
        Assert.Equal(9, Dropped(stream));
    }

    [Fact]
    public void SwitchTo_AnotherStream_HasWhatComesThen()
    {
        var (old, unused, last) = (new TestStream(), new TestStream { FailsAtTheEnd = true }, new TestStream());
        var writer = Writer(old);
        writer.Write("old");
        Assert.True(SpinWait.SpinUntil(() => old.Text == "old\n", Patience));
        writer.SwitchTo(unused);
        writer.SwitchTo(last);
        writer.Write("new");
        writer.Dispose();

        Assert.Equal(("old\n", "", "new\n"), (old.Text, unused.Text, last.Text));
        Assert.True(old.IsDisposed && unused.IsDisposed && last.IsDisposed);
    }

    [Fact]
    public void SwitchTo_NothingToWrite_StillClosesTheOldStream()
    {
        var (old, next) = (new TestStream(), new TestStream());
        using var writer = Writer(old);
        writer.SwitchTo(next);

        Assert.True(SpinWait.SpinUntil(() => old.IsDisposed, Patience));
        Assert.False(next.IsDisposed);
    }

    [Fact]
    public async Task SwitchTo_AnotherStream_IsDoneWhenTheOldOneIsClosed()
    {
        var (old, unused, last) = (new TestStream(), new TestStream(), new TestStream());
        old.Open.Reset();
        using var writer = Writer(old);
        writer.Write("a line that takes its time");
        Assert.True(old.Entered.Wait(Patience, TestContext.Current.CancellationToken));

        var first = writer.SwitchTo(unused);
        var second = writer.SwitchTo(last);
        var form = writer.SwitchTo(null, (line, output) => output.Write($"[{line}]\n"));
        Assert.False(first.IsCompleted || second.IsCompleted || form.IsCompleted);
        old.Open.Set();

        await Task.WhenAll(first, second, form).WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.True(old.IsDisposed);
        Assert.Equal(["a line that takes its time"], old.Lines);
        Assert.True(writer.SwitchTo(null).IsCompleted);
    }

    [Fact]
    public void SwitchTo_AnotherStreamAndForm_HoldForWhatIsQueued()
    {
        var (old, next) = (new TestStream(), new TestStream());
        old.Open.Reset();
        var writer = Writer(old);
        writer.Write("one");
        Assert.True(old.Entered.Wait(Patience, TestContext.Current.CancellationToken));

        // The thread is inside the write of the first.
        writer.Write("two");
        writer.SwitchTo(next, (line, output) => output.Write($"[{line}]\n"));
        writer.Write("three");
        old.Open.Set();
        writer.Dispose();

        Assert.Equal(("one\n", "[two]\n[three]\n"), (old.Text, next.Text));
        Assert.True(old.IsDisposed && next.IsDisposed);
    }

    [Fact]
    public void SwitchTo_AnotherFormAlone_KeepsTheStreamThatIsThereOrComes()
    {
        var (old, next) = (new TestStream(), new TestStream());
        old.Open.Reset();
        var writer = Writer(old);
        writer.Write("one");
        Assert.True(old.Entered.Wait(Patience, TestContext.Current.CancellationToken));
        writer.SwitchTo(next);
        writer.SwitchTo(null, (line, output) => output.Write($"[{line}]\n"));
        Assert.False(next.IsDisposed);
        old.Open.Set();
        Assert.True(SpinWait.SpinUntil(() => old.IsDisposed, Patience));
        writer.SwitchTo(null, (line, output) => output.Write($"<{line}>\n"));
        writer.Write("two");
        writer.Dispose();

        Assert.Equal(("one\n", "<two>\n"), (old.Text, next.Text));
    }

    [Fact]
    public void Dispose_StreamsThatFailAtTheEnd_ChangesNothing()
    {
        var (first, second) = (new TestStream { FailsAtTheEnd = true }, new TestStream { FailsAtTheEnd = true });
        var writer = Writer(first);
        writer.Write("one");
        Assert.True(SpinWait.SpinUntil(() => first.Text == "one\n", Patience));
        writer.SwitchTo(second);
        writer.Write("two");
        writer.Dispose();

        Assert.Equal("two\n", second.Text);
        Assert.True(first.IsDisposed && second.IsDisposed);
    }

    [Fact]
    public void Dispose_AStreamWithoutAReader_GivesUpSoon()
    {
        var stream = new TestStream();
        stream.Open.Reset();
        var writer = Writer(stream, TimeSpan.FromMilliseconds(100));
        writer.Write("stuck");
        Assert.True(stream.Entered.Wait(Patience, TestContext.Current.CancellationToken));

        writer.Dispose();

        Assert.Equal(("", false), (stream.Text, stream.IsDisposed));
        stream.Open.Set();
    }

    [Fact]
    public void Write_CharactersOutsideTheBasicPlane_StayWhole()
    {
        // The text is gathered in chunks, whose ends fall anywhere.
        var stream = new TestStream();
        var lines = Enumerable.Range(0, 200).Select(i => new string('x', i % 7) + string.Concat(Enumerable.Repeat("😀", 300))).ToList();
        var writer = Writer(stream);
        lines.ForEach(writer.Write);
        writer.Dispose();

        Assert.Equal(lines, stream.Lines);
    }

    [Fact]
    public void Write_AnEventThatCannotBeFormatted_DoesNotEndTheLog()
    {
        var stream = new TestStream();
        var writer = new LogWriter<string>(
            stream,
            (line, output) =>
            {
                output.Write(line.StartsWith("bad", StringComparison.Ordinal) ? throw new FormatException("half a line") : line + '\n');
            },
            notice => $"! {notice}")
        {
            LongestFlush = Patience,
        };
        writer.Write("before");
        writer.Write("bad");
        writer.Write("after");
        writer.Dispose();

        Assert.Equal(3, stream.Lines.Length);
        Assert.Equal(("before", "after"), (stream.Lines[0], stream.Lines[2]));
        Assert.StartsWith("! ", stream.Lines[1], StringComparison.Ordinal);
    }

    // On a busy machine the thread may take longer than the daemon would wait.
    private static LogWriter<string> Writer(TestStream stream, TimeSpan? longestFlush = null) =>
        new(stream, (line, output) => output.Write(line + '\n'), notice => $"! {notice}") { LongestFlush = longestFlush ?? Patience };

    private static int Dropped(TestStream stream) => stream.Lines.Where(line => line.StartsWith("! ", StringComparison.Ordinal))
        .Sum(line => int.Parse(Number().Match(line).Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();
}
