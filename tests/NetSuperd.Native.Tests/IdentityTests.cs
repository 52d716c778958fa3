namespace NetSuperd.Native.Tests;

public sealed class IdentityTests
{
    [Fact]
    public void EffectiveUserId_OfThisProcess_IsThatOfProc()
    {
        // Uid: real effective saved filesystem
        var uid = File.ReadLines("/proc/self/status").Single(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[2];

        Assert.Equal(uid, $"{ProcessIdentity.EffectiveUserId}");
    }

    [Theory]
    [InlineData("         0       1000          1\n", true)]
    [InlineData("         0          0 4294967295\n", false)]
    [InlineData("         0          0          1\n", false)]
    [InlineData("         0       1000          1\n         1     100000      65536\n", false)]
    [InlineData("         0     100000      65536\n", false)]
    [InlineData("      1000       1000          1\n", false)]
    [InlineData("", false)]
    public void IsAnotherUser_OfAMapOfUsers_IsSoWhereRootIsTheOnlyOneAndNoRootOutside(string map, bool isAnother) =>
        Assert.Equal(isAnother, ProcessIdentity.IsAnotherUser(map));

    [Fact]
    public void ServicePort_OfServices_IsThePort()
    {
        var known = File.ReadLines("/etc/services")
            .Select(line => line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .First(fields => fields.Length > 2 && fields[1].EndsWith("/tcp", StringComparison.Ordinal));
        var port = int.Parse(known[1].Split('/')[0], System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal(port, NameService.ServicePort(known[0], "tcp"));
        Assert.Equal(port, NameService.ServicePort(known[2], "tcp"));
    }

    [Theory]
    [InlineData("no-such-service", "tcp")]
    [InlineData("http\0x", "tcp")]
    [InlineData("http", "no-such-protocol")]
    public void ServicePort_OfNothing_IsNull(string name, string protocol) => Assert.Null(NameService.ServicePort(name, protocol));

    [Fact]
    public void User_OfPasswd_IsWhatStandsThere()
    {
        foreach (var fields in File.ReadLines("/etc/passwd").Select(line => line.Split(':')))
        {
            var user = NameService.User(uint.Parse(fields[2], System.Globalization.CultureInfo.InvariantCulture));

            Assert.NotNull(user);
            Assert.Equal(fields[2], $"{NameService.UserId(fields[0])}");
            if (user.Name == fields[0])
            {
                Assert.Equal((fields[3], fields[5], fields[6]), ($"{user.GroupId}", user.Home, user.Shell));
            }
        }
    }

    [Fact]
    public void GroupId_OfGroup_IsWhatStandsThere()
    {
        foreach (var fields in File.ReadLines("/etc/group").Select(line => line.Split(':')))
        {
            Assert.Equal(fields[2], $"{NameService.GroupId(fields[0])}");
        }
    }

    [Fact]
    public void Names_OfAnUnknownNumber_AreNull()
    {
        Assert.Null(NameService.User(4_000_000_000));
        Assert.Null(NameService.UserId("no-such-user"));
        Assert.Null(NameService.UserId("root\0x"));
        Assert.Null(NameService.GroupId("no-such-group"));
        Assert.Null(NameService.GroupId("root\0x"));
    }
}
