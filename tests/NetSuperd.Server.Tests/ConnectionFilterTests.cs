using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests;

public sealed class ConnectionFilterTests
{
    private static readonly LiveConnection[] All =
    [
        Live(1, "echo", "10.1.2.3:4000", "established", 5),
        Live(2, "echo", "192.0.2.1:4000", "close-wait", 700),
        Live(3, "git", "[2001:db8::7]:4000", "established", 3600),
        Live(4, "git", "uid:1000 pid:5", null, null),
        Live(5, "http", "any", null, null),
    ];

    [Theory]
    [InlineData(null, null, null, null, "1 2 3 4 5")]
    [InlineData("echo", null, null, null, "1 2")]
    [InlineData(null, "10.0.0.0/8", null, null, "1")]
    [InlineData(null, "192.0.2.1", null, null, "2")]
    [InlineData(null, "2001:db8::/32", null, null, "3")]
    [InlineData(null, "uid:1000", null, null, "4")]
    [InlineData(null, "vsock:3", null, null, "")]
    [InlineData(null, null, "close-wait", null, "2")]
    [InlineData(null, null, null, "10m", "2 3")]
    [InlineData("git", null, "established", "1h", "3")]
    [InlineData("echo", "2001:db8::/32", null, null, "")]
    public void Matches_AConnection_ThatHasAllThatIsAskedFor(string? service, string? peer, string? state, string? idle, string found)
    {
        var filter = ConnectionFilter.Read(service, peer, state, idle, Hosts.Linux.Names, out var problem)!;

        Assert.Equal("", problem);
        Assert.Equal(found, string.Join(' ', All.Where(filter.Matches).Select(live => live.Id)));
        Assert.Equal(found == "1 2 3 4 5", filter.IsNone);
    }

    [Theory]
    [InlineData("10.0.0.0/33", null, null, "'10.0.0.0/33'")]
    [InlineData("db.internal", null, null, "'db.internal'")]
    [InlineData("gid:0", null, null, "uid:NAME")]
    [InlineData(null, "open", null, "close-wait")]
    [InlineData(null, null, "soon", "10m")]
    [InlineData(null, null, "", "10m")]
    public void Read_WhatIsMalformed_SaysWhatToWrite(string? peer, string? state, string? idle, string expected)
    {
        Assert.Null(ConnectionFilter.Read(null, peer, state, idle, Hosts.Linux.Names, out var problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    private static LiveConnection Live(long id, string service, string peer, string? state, int? idle) => new(
        id, service, "TCP", "127.0.0.1:7", peer, default, default, null, null, state, null, null, 1,
        idle is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
}
