using System.Text;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Server.Spawn;

namespace NetSuperd.Server.Tests.Spawn;

public sealed class StderrLogTests : IDisposable
{
    private const int ChildStderr = 5002;

    private readonly RecordingLogger _log = new();
    private readonly StderrLog _stderr;
    private readonly FileStream _writer;

    public StderrLogTests()
    {
        _stderr = new StderrLog("finger", _log);
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
        Assert.All(_log.Events, logged => Assert.Equal((ChildStderr, "finger"), (logged.Id, logged["Service"])));
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
        var exact = new string('x', StderrLog.MostBytesPerLine);
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

    private void Write(string text) => _writer.Write(Encoding.UTF8.GetBytes(text));

    private List<string> Lines()
    {
        _stderr.Drain();
        return [.. _log.Of(ChildStderr).Select(logged => (string)logged["Line"]!)];
    }
}
