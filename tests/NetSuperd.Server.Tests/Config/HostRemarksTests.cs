namespace NetSuperd.Server.Tests.Config;

public sealed class HostRemarksTests
{
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
