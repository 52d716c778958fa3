using System.Text;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

public sealed class LineStreamTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netsuperd-lines-");

    private string Log => Path.Combine(_folder.FullName, "log");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("", "new\n")]
    [InlineData("whole\n", "whole\nnew\n")]
    [InlineData("half", "half\nnew\n")]
    [InlineData("\n", "\nnew\n")]
    public void Write_AfterAHalfLineInTheFile_BeginsANewLine(string there, string then)
    {
        File.WriteAllText(Log, there);
        using (var stream = new LineStream(Open(Log)))
        {
            stream.Write("new\n"u8);
            Assert.Equal(4, stream.Position);
        }

        Assert.Equal(then, File.ReadAllText(Log));
    }

    [Fact]
    public void Write_AfterAHalfLine_BeginsANewLine()
    {
        using (var stream = new LineStream(Open(Log)))
        {
            stream.Write("one\nha"u8);
            stream.Write(""u8);
            stream.Write("two\n"u8);
            stream.Write("three\n"u8);
        }

        Assert.Equal("one\nha\ntwo\nthree\n", File.ReadAllText(Log));
    }

    [Fact]
    public void Write_AFullDevice_ThrowsAndTakesNothing()
    {
        using var stream = new LineStream(Open("/dev/full"));

        Assert.Equal(Errno.ENOSPC, Assert.Throws<CallException>(() => stream.Write("lost\n"u8)).Errno);
        Assert.Equal(0, stream.Position);
    }

    [Fact]
    public async Task Write_TwoDaemonsToOnePipe_KeepTheirLinesApart()
    {
        const int Batches = 20;
        using var pipe = Pipe.Create();
        using var reader = new StreamReader(new FileStream(
            new SafeFileHandle(pipe.Reader.DangerousGetHandle(), ownsHandle: false), FileAccess.Read));
        Assert.Equal(0, Libc.fcntl(pipe.Reader, Libc.F_SETFL, 0));
        string[] lines = [new('a', 300), new('b', 700)];
        var writers = lines.Select(line => Task.Run(() =>
        {
            using var stream = new LineStream(new SafeFileHandle(pipe.Writer.DangerousGetHandle(), ownsHandle: false));
            var batch = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat($"{line}\n", 100)));
            for (var i = 0; i < Batches; i++)
            {
                stream.Write(batch);
            }
        })).ToList();
        var read = Enumerable.Range(0, 2 * Batches * 100).Select(_ => reader.ReadLine()!).ToList();

        await Task.WhenAll(writers);
        Assert.Equal(lines, read.Distinct().Order());
        Assert.Equal(Batches * 100, read.Count(line => line == lines[0]));
    }

    [Fact]
    public async Task Write_APipeThatDoesNotBlock_WaitsForRoom()
    {
        using var pipe = Pipe.Create();
        Assert.Equal(0, Libc.fcntl(pipe.Writer, Libc.F_SETFL, Libc.O_NONBLOCK));
        var lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 50_000).Select(i => $"line {i}\n")));
        using var stream = new LineStream(new SafeFileHandle(pipe.Writer.DangerousGetHandle(), ownsHandle: false));
        var writing = Task.Run(() => stream.Write(lines), TestContext.Current.CancellationToken);

        var received = new List<byte>();
        var chunk = new byte[4096];
        while (received.Count < lines.Length)
        {
            var count = pipe.Read(chunk);
            received.AddRange(chunk.AsSpan(0, Math.Max(0, count)));
            await Task.Yield();
        }

        await writing.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal(lines, received);
        Assert.Equal(lines.Length, stream.Position);
    }

    [Fact]
    public void Write_APipeWithoutAReader_Throws()
    {
        using var pipe = Pipe.Create();
        pipe.Reader.Dispose();
        using var stream = new LineStream(new SafeFileHandle(pipe.Writer.DangerousGetHandle(), ownsHandle: false));

        Assert.Equal(Errno.EPIPE, Assert.Throws<CallException>(() => stream.Write("lost\n"u8)).Errno);
    }

    private static SafeFileHandle Open(string path)
    {
        var fd = Libc.open(path, Libc.O_WRONLY | Libc.O_APPEND | Libc.O_CREAT, 0x180);
        Assert.True(fd >= 0);
        return new SafeFileHandle(fd, ownsHandle: true);
    }
}
