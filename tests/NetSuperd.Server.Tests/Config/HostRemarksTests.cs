using NetSuperd.Server.Config.Loading;

namespace NetSuperd.Server.Tests.Config;

public sealed class HostRemarksTests
{
    [Theory]
    [InlineData(false, "1/raw is a raw socket and needs root or CAP_NET_RAW")]
    [InlineData(true, null)]
    public void Load_RawSocketForAnotherUserThanRoot_WarnsWithoutTheCapability(bool mayOpen, string? warning)
    {
        using var folder = new TemporaryFolder();
        var map = folder.Write("map.toml", "daemon.raw_sockets = true\nports = { \"icmp/raw\" = \"plugin\" }");

        var result = MapLoader.Load(MapFiles.Request(map) with { ToRun = false }, MapFiles.Plain with { MayOpenRaw = mayOpen });

        Assert.False(result.HasErrors);
        Assert.Equal(warning, result.Problems.SingleOrDefault()?.Message);
    }

    [Theory]
    [InlineData(false, true, "'transparent' of 'a' needs root, CAP_NET_ADMIN or CAP_NET_RAW, or it reaches no target")]
    [InlineData(true, false, "'transparent' of 'a' needs 1024 ports outside of net.ipv4.ip_local_port_range, or it reaches no target")]
    [InlineData(true, true, null)]
    public void Load_TransparentForward_FailsWhereNoTargetCouldBeReached(bool may, bool hasPorts, string? error)
    {
        var result = MapFiles.LoadText(
            "ports.\"127.0.0.1:8001\" = \"a\"\nservices.a = { forward = \"10.0.0.5:80\", transparent = true }",
            MapFiles.Plain with { MayUseAnyAddress = may, HasFixedPorts = hasPorts });

        Assert.Equal(error is not null, result.HasErrors);
        Assert.Equal(error, result.Problems.SingleOrDefault()?.Message);
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 3)]
    public void Load_FastOpenOnAHostThatHasItOffForServers_Warns(int setting, int needed)
    {
        var result = MapFiles.LoadText(
            "ports = { 7 = { service = \"echo\", fastopen = 16 } }", MapFiles.Plain with { FastOpen = setting });

        Assert.False(result.HasErrors);
        Assert.Equal(
            $"'fastopen' has no effect on this host: net.ipv4.tcp_fastopen is {setting}, and servers need {needed}",
            Assert.Single(result.Problems).Message);
    }
}
