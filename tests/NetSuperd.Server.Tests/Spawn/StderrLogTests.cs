using System.Text;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Linux.Spawn;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Spawn;

public sealed class StderrLogTests : IDisposable
{
    private const int SharedStderr = 5009, StderrDropped = 5005;

    private readonly RecordingLogger _log = new();
    private readonly FakeTimeProvider _time = new();
    private readonly StderrLog _stderr;
    private readonly FileStream _writer;

    public StderrLogTests()
    {
        _stderr = new StderrLog(Maps.Child("finger", "/bin/true"), _log, _time);
        _writer = new FileStream(new SafeFileHandle(_stderr.Writer.DangerousGetHandle(), ownsHandle: false), FileAccess.Write, 0);
    }

    public void Dispose()
    {
        _writer.Dispose();
        _stderr.Dispose();
        _log.Dispose();
    }

    [Fact]
    public void Drain_Lines_AreEventsOfTheService()
    {
        Write("one\ntwo\n\nthr");
        Assert.Equal(["one", "two"], Lines());

        Write("ee\n");
        Assert.Equal(["one", "two", "three"], Lines());
        Assert.All(_log.Events, logged => Assert.Equal((SharedStderr, "finger"), (logged.Id, logged["Service"])));
    }

    [Fact]
    public void Flush_AnUnfinishedLine_IsLoggedOnce()
    {
        Write("no end");
        Assert.Empty(Lines());

        _stderr.Flush();
        _stderr.Flush();
        Assert.Equal(["no end"], Lines());
    }

    [Fact]
    public void Drain_ALongLine_IsCutAndTheNextIsWhole()
    {
        var exact = new string('x', ErrorLines.MostBytesPerLine);
        Write($"{exact}\n{exact}y\n{exact}{new string('z', 30_000)}\nnext\n");

        Assert.Equal([exact, exact + "...", exact + "...", "next"], Lines());
    }

    [Fact]
    public void Drain_BytesThatAreNoText_AreReplaced()
    {
        _writer.Write([0xFF, (byte)'a', (byte)'\n']);

        Assert.Equal(["\uFFFDa"], Lines());
    }

    [Fact]
    public void Drain_AFullPipe_IsReadByOneDrain()
    {
        // The stop of the daemon drains once: what a pipe can hold must be within its bound.
        for (var i = 0; i < 4096; i++)
        {
            Write("0123456789abcde\n");
        }

        Assert.Equal(4096, Lines().Count);
    }

    [Fact]
    public void Drain_AFlood_IsReadAndCountedButNotLogged()
    {
        for (var i = 0; i < LineBudget.Burst / 1024; i++)
        {
            Write(string.Concat(Enumerable.Repeat("x\n", 1024)));
            Assert.Equal((i + 1) * 1024, Lines().Count);
        }

        Write(string.Concat(Enumerable.Repeat("lost\n", 1000)));
        Assert.Equal(LineBudget.Burst, Lines().Count);
        Assert.Empty(_log.Of(StderrDropped));

        // A second later there is room again, and the log says first what is missing in it.
        _time.Advance(TimeSpan.FromSeconds(1));
        Write("after\n");
        Assert.Equal("after", Lines()[^1]);
        Assert.Equal(1000L, Assert.Single(_log.Of(StderrDropped))["Dropped"]);
        Assert.Equal([StderrDropped, SharedStderr], _log.Ids.TakeLast(2));
    }

    [Fact]
    public void Flush_AfterAFlood_SaysWhatWasLeftOut()
    {
        for (var i = 0; i < 2; i++)
        {
            Write(string.Concat(Enumerable.Repeat("x\n", LineBudget.Burst)));
            Lines();
        }

        _stderr.Flush();
        _stderr.Flush();
        Assert.Equal((long)LineBudget.Burst, Assert.Single(_log.Of(StderrDropped))["Dropped"]);
    }

    private void Write(string text) => _writer.Write(Encoding.UTF8.GetBytes(text));

    private List<string> Lines()
    {
        _stderr.Drain();
        return [.. _log.Of(SharedStderr).Select(logged => (string)logged["Line"]!)];
    }
}
