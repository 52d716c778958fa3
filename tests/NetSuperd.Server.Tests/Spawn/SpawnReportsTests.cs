using System.Text;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Platform;
using NetSuperd.Linux.Spawn;

namespace NetSuperd.Server.Tests.Spawn;

public sealed class SpawnReportsTests : IDisposable
{
    private readonly SpawnReports _reports = new();
    private readonly FileStream _writer;

    public SpawnReportsTests() =>
        _writer = new FileStream(new SafeFileHandle(_reports.Writer.DangerousGetHandle(), ownsHandle: false), FileAccess.Write, 0);

    public void Dispose()
    {
        _writer.Dispose();
        _reports.Dispose();
    }

    [Fact]
    public void Of_AChildThatReported_ReturnsStepAndReasonOnce()
    {
        Write("4711 203 2\n4712 217 1\n");

        Assert.Equal(new SpawnFailure("user", Errno.EPERM), _reports.TakeReport(4712, 217));
        Assert.Equal(new SpawnFailure("exec", Errno.ENOENT), _reports.TakeReport(4711, 203));
        Assert.Null(_reports.TakeReport(4711, 203));
    }

    [Fact]
    public void Of_AnotherStatusThanReported_IsNotBelieved()
    {
        Write("4711 203 2\n");

        Assert.Null(_reports.TakeReport(4711, 0));
    }

    [Theory]
    [InlineData("")]
    [InlineData("4711 203\n")]
    [InlineData("4711 203 2 1\n")]
    [InlineData("4711 203 x\n")]
    [InlineData("4711 -203 2\n")]
    [InlineData("4711 1 2\n")]
    [InlineData("99999999999 203 2\n")]
    [InlineData("4711 203 2")]
    public void Of_WhatIsNoReport_IsNone(string text)
    {
        Write(text);

        Assert.Null(_reports.TakeReport(4711, 203));
    }

    [Fact]
    public void Of_AReportAfterNoise_IsFound()
    {
        Write(new string('x', 60_000) + "\n4711 200 13\n");

        Assert.Equal("cwd EACCES", _reports.TakeReport(4711, 200)!.Word);
    }

    private void Write(string text) => _writer.Write(Encoding.ASCII.GetBytes(text));
}
