using System.Text;
using NetSuperd.Tests;

namespace NetSuperd.Builtins.Tests;

/// <summary>RFC 866, and netstat.</summary>
public sealed class ListHandlerTests
{
    private readonly View _view = new();

    [Fact]
    public async Task Systat_Stream_ListsServicesThatAreUsedOnALineEach()
    {
        Assert.Equal(
            "echo                        3\r\nssh                        12\r\n",
            await HearAsync(new SystatHandler(_view)));
    }

    [Fact]
    public async Task Netstat_Stream_ListsSocketsOnALineEach()
    {
        var lines = (await HearAsync(new NetstatHandler(_view))).Split("\r\n");

        Assert.Equal(
        [
            "tcp       0.0.0.0:7                      listening echo",
            "tcp       [::]:7                         listening echo",
            "tcp       0.0.0.0:22                     paused    ssh",
            "stream    /run/caf?.sock                 failed    idle",
            "",
        ], lines);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(30, 0)]
    [InlineData(31, 1)]
    [InlineData(61, 1)]
    [InlineData(62, 2)]
    [InlineData(1000, 2)]
    public void Datagram_Answer_IsWholeLinesThatAreNoLongerThanAsked(int asked, int lines)
    {
        var answer = Assert.Single(FakeReply.To(new SystatHandler(_view), new byte[asked]));

        // RFC 866: if the list does not fit in one datagram, lines are not split; and no answer is longer than what was asked.
        Assert.Equal(lines * 31, answer.Length);
        Assert.True(answer.Length <= asked);
    }

    [Fact]
    public async Task List_WithinASecond_IsMadeOnce()
    {
        var clock = HandlerParts.Clock("2026-01-01T00:00:00Z");
        var handler = new SystatHandler(_view) { Clock = clock };
        for (var i = 0; i < 100; i++)
        {
            await HearAsync(handler);
        }

        Assert.Equal(1, _view.Asked);
        clock.Advance(TimeSpan.FromSeconds(1.1));
        await HearAsync(handler);
        Assert.Equal(2, _view.Asked);
    }

    private static async Task<string> HearAsync(ListHandler handler)
    {
        var connection = new FakeConnection();
        await handler.HandleAsync(connection, TestContext.Current.CancellationToken);
        return Encoding.ASCII.GetString(connection.Sent);
    }

    private sealed class View : IServerView
    {
        public int Asked { get; private set; }

        public IReadOnlyList<ServedSocket> Sockets()
        {
            Asked++;
            return
            [
                new ServedSocket("echo", "tcp", "0.0.0.0:7", "listening", default, 3),
                new ServedSocket("echo", "tcp", "[::]:7", "listening", default, 3),
                new ServedSocket("ssh", "tcp", "0.0.0.0:22", "paused", default, 12),
                new ServedSocket("idle", "stream", "/run/caf\u00e9.sock", "failed", default, 0),
            ];
        }
    }
}
