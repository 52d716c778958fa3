namespace NetSuperd.Server.Tests.Config;

/// <summary>The rules for sockets of SCTP, on hosts with and without it.</summary>
public sealed class SctpRulesTests
{
    [Theory]
    [InlineData(
        "\"7/sctp\" = { service = \"echo\", protocol = \"tcp\" }",
        "so its protocol cannot be \"tcp\"; for a TCP socket, write \"7/tcp\"")]
    [InlineData(
        "7 = { service = \"echo\", protocol = \"sctp\", nodelay = true }",
        "'nodelay' is for TCP sockets; '7/sctp' is an SCTP socket")]
    [InlineData(
        "\"7/sctp\" = \"cat\"\n[services.cat]\nexec = [\"/bin/cat\"]\nidle_timeout = \"5s\"",
        "'idle_timeout' cannot be applied: the system does not report when a connection of a unix, SCTP or vsock socket was last used")]
    public void Rejects_WhatSctpHasNot(string entry, string problem)
    {
        var result = MapFiles.LoadText($"[ports]\n{entry}\n", MapFiles.Plain);

        Assert.True(result.HasErrors);
        Assert.Contains(problem, MapFiles.Render(result, "nowhere"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("7 = \"echo\"\n\"7/sctp\" = \"echo\"")]
    [InlineData("\"192.0.2.1:7-9/tcp\" = { service = \"echo\", protocol = \"sctp\", ttl = 7, tos = 8, backlog = 5, device = \"lo\" }")]
    public void Accepts_WhatSctpHas(string entry) => Assert.False(MapFiles.LoadText($"[ports]\n{entry}\n", MapFiles.Plain).HasErrors);
}
