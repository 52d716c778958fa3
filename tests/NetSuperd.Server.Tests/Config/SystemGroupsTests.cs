using NetSuperd.Native;

namespace NetSuperd.Server.Tests.Config;

public sealed class SystemGroupsTests
{
    private static readonly string[] Accounts =
    [
        "root:x:0:0:root:/root:/bin/bash", "syslog:x:104:110::/home/syslog:/usr/sbin/nologin", "www:x:33:33::/:/bin/sh", "broken",
    ];

    [Theory]
    [InlineData("staff:x:50:", 50u)]
    [InlineData("syslog:x:110:", 110u)]
    [InlineData("syslog:x:110:syslog", 110u)]
    public void Trusts_GroupsOfTheDistribution(string line, uint group) =>
        Assert.True(new SystemGroups([line, "broken"], Accounts).IsTrusted(group));

    [Theory]
    [InlineData("staff:x:50:alice", 50u)]
    [InlineData("syslog:x:110:syslog,alice", 110u)]
    [InlineData("staff:x:33:", 33u)]
    [InlineData("staff:x:1000:", 1000u)]
    [InlineData("staff:x:50:", 51u)]
    [InlineData("www:x:33:", 33u)]
    [InlineData("adm:x:4:", 4u)]
    [InlineData("", 50u)]
    public void Trusts_NoOtherGroupAndNoMember(string line, uint group) =>
        Assert.False(new SystemGroups([line], Accounts).IsTrusted(group));
}
