using System.Diagnostics;
using System.Net;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Permit;

namespace NetSuperd.Server.Tests.Permit;

public sealed class PeerRulesTests
{
    [Theory]
    [InlineData(null, "", "192.0.2.1", true)]
    [InlineData("", "", "192.0.2.1", false)]
    [InlineData("192.0.2.0/24", "", "192.0.2.1", true)]
    [InlineData("192.0.2.0/24", "", "192.0.3.1", false)]
    [InlineData("192.0.2.0/24", "192.0.2.1/32", "192.0.2.1", false)]
    [InlineData("192.0.2.1/32", "192.0.2.0/24", "192.0.2.1", true)]
    [InlineData("192.0.2.1/32", "192.0.2.0/24", "192.0.2.2", false)]
    [InlineData("192.0.2.0/24", "192.0.2.0/24", "192.0.2.1", false)]
    [InlineData(null, "192.0.2.0/24", "192.0.2.1", false)]
    [InlineData(null, "192.0.2.0/24", "::ffff:192.0.2.1", false)]
    [InlineData("192.0.2.0/24", "", "::ffff:192.0.2.1", true)]
    [InlineData("::/0", "", "192.0.2.1", false)]
    [InlineData("::/0", "", "::ffff:192.0.2.1", false)]
    [InlineData("0.0.0.0/0", "", "2001:db8::1", false)]
    [InlineData("2001:db8::/32", "2001:db8:1::/48", "2001:db8:1::5", false)]
    [InlineData("2001:db8::/32", "2001:db8:1::/48", "2001:db8:2::5", true)]
    public void Judge_AnAddress_MostSpecificWinsAndDenyOnATie(string? allow, string deny, string address, bool admits) =>
        Assert.Equal(admits, Rules(allow, deny).Judge(Peer.Of(IPAddress.Parse(address))).Admits);

    [Theory]
    [InlineData(null, "uid:7", 7, "", false)]
    [InlineData(null, "uid:7", 8, "", true)]
    [InlineData("uid:7", "", 8, "", false)]
    [InlineData("uid:7", "gid:4", 7, "4", true)]
    [InlineData("gid:4", "uid:7", 7, "4", false)]
    [InlineData("gid:4", "", 7, "1 4", true)]
    [InlineData("gid:4", "gid:5", 7, "4 5", false)]
    [InlineData("gid:4", "gid:5", 7, "5 4", false)]
    [InlineData("gid:4", "", 7, "3", false)]
    [InlineData("uid:7", "uid:7", 7, "", false)]
    [InlineData("10.0.0.0/8", "", 7, "4", false)]
    [InlineData(null, "10.0.0.0/8", 7, "4", true)]
    public void Judge_AUnixPeer_UserBeforeGroupAndDenyOnATie(string? allow, string deny, int user, string groups, bool admits) =>
        Assert.Equal(
            admits,
            Rules(
                allow,
                deny).Judge(Peer.Of((uint)user, [.. groups.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(uint.Parse)])).Admits);

    [Theory]
    [InlineData(null, "", 3, true)]
    [InlineData("", "", 3, false)]
    [InlineData("vsock:3", "", 3, true)]
    [InlineData("vsock:3", "", 4, false)]
    [InlineData("vsock:*", "vsock:4", 3, true)]
    [InlineData("vsock:*", "vsock:4", 4, false)]
    [InlineData("vsock:4", "vsock:*", 4, true)]
    [InlineData("vsock:4", "vsock:*", 3, false)]
    [InlineData("vsock:3", "vsock:3", 3, false)]
    [InlineData("0.0.0.0/0", "", 3, false)]
    [InlineData("::/0", "", 3, false)]
    [InlineData("uid:3", "", 3, false)]
    [InlineData(null, "0.0.0.3/32", 3, true)]
    [InlineData(null, "uid:3", 3, true)]
    public void Judge_AVsockPeer_OneContextBeforeEveryOneAndDenyOnATie(string? allow, string deny, int cid, bool admits) =>
        Assert.Equal(admits, Rules(allow, deny).Judge(Peer.Of((uint)cid)).Admits);

    [Theory]
    [InlineData("vsock:*", "", false)]
    [InlineData(null, "vsock:*", true)]
    public void Judge_AnotherPeer_IsNoneOfVsock(string? allow, string deny, bool admits)
    {
        Assert.Equal(admits, Rules(allow, deny).Judge(Peer.Of(IPAddress.Parse("192.0.2.1"))).Admits);
        Assert.Equal(admits, Rules(allow, deny).Judge(Peer.Of(3, [])).Admits);
    }

    [Theory]
    [InlineData(null, "", true)]
    [InlineData(null, "uid:7", false)]
    [InlineData(null, "gid:7", false)]
    [InlineData("uid:7", "", false)]
    public void Judge_APeerThatTheSystemDoesNotName_IsDeniedOnDoubt(string? allow, string deny, bool admits)
    {
        Assert.Equal(admits, Rules(allow, deny).Judge(Peer.Of(null, [])).Admits);
        Assert.Equal(admits || deny.StartsWith('u'), Rules(allow, deny).Judge(Peer.Of(8, default)).Admits);
    }

    [Fact]
    public void Judge_TheEntryThatDecides_IsReturned()
    {
        var rules = Rules("10.0.0.0/8", "10.1.0.0/16");

        Assert.Equal("10.1.0.0/16", rules.Judge(Peer.Of(IPAddress.Parse("10.1.2.3"))).Rule!.Text);
        Assert.Equal("10.0.0.0/8", rules.Judge(Peer.Of(IPAddress.Parse("10.2.2.3"))).Rule!.Text);
        Assert.Null(rules.Judge(Peer.Of(IPAddress.Parse("11.2.2.3"))).Rule);
    }

    [Fact]
    public void Judge_APeerOfAFamilyThatNoSocketHas_PassesAsNoOther()
    {
        Assert.Throws<UnreachableException>(() => Rules(null, "").Judge(default));
        Assert.Throws<UnreachableException>(() => Networks.Of(default));
        Assert.Throws<UnreachableException>(() => default(Peer).IsUnix);
        Assert.Throws<UnreachableException>(() => default(Peer).HasImpossibleAddress);
        Assert.Throws<UnreachableException>(() => Peer.Of(default(DatagramArrival)));
    }

    private static PeerRules Rules(string? allow, string deny) => new(allow is null ? null : [.. Parse(allow)], [.. Parse(deny)]);

    private static IEnumerable<PeerRule> Parse(string rules) =>
        rules.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(rule => new PeerRule(rule, Maps.At(1))
        {
            Network = rule.Contains('/', StringComparison.Ordinal) ? IPNetwork.Parse(rule) : null,
            UserId = rule.StartsWith("uid:", StringComparison.Ordinal) ? uint.Parse(rule.AsSpan(4)) : null,
            GroupId = rule.StartsWith("gid:", StringComparison.Ordinal) ? uint.Parse(rule.AsSpan(4)) : null,
            IsVsock = rule.StartsWith("vsock:", StringComparison.Ordinal),
            Cid = rule.StartsWith("vsock:", StringComparison.Ordinal) && !rule.EndsWith('*') ? uint.Parse(rule.AsSpan(6)) : null,
        });
}
