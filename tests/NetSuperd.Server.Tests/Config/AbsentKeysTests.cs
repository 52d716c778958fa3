using NetSuperd.Linux;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Loading;

namespace NetSuperd.Server.Tests.Config;

/// <summary>Maps on a system that never has some keys and some kinds of sockets.</summary>
public sealed class AbsentKeysTests : IDisposable
{
    private const string Reason = "it has no users that a child could change to";

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Keys()
    {
        var data = new TheoryData<string, string>();
        foreach (var (table, key) in ServiceKeys.All.Select(key => ("services", key.Name))
            .Concat(PortKeys.All.Select(key => ("ports", key.Name)))
            .Concat(DaemonKeys.All.Select(key => ("daemon", key.Name)))
            .Concat(LogKeys.All.Select(key => ("log", key.Name))))
        {
            data.Add(table, key);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Rejects_AnAbsentKey_AtItsPlace(string table, string key)
    {
        var header = table switch
        {
            "services" => "[services.one]",
            "ports" => "[ports.7]",
            _ => $"[{table}]",
        };
        Assert.Contains(
            $"map.toml:2:3: error: '{key}' is not for this system: {Reason}", Load($"{header}\n  {key} = 1\n", $"{table}.{key}"));
    }

    [Theory]
    [InlineData("[log]\ntarget = \"journal\"", "log.target.journal", "2:10: error: target = \"journal\"")]
    [InlineData("[defaults]\nat_limit = \"defer\"", "services.at_limit.defer", "2:12: error: at_limit = \"defer\"")]
    public void Rejects_AnAbsentValue_AtItsPlace(string map, string absent, string expected)
    {
        map += "\n[ports]\n7 = \"echo\"\n";
        Assert.Equal([$"map.toml:{expected} is not for this system: {Reason}"], Load(map, absent));
        Assert.Empty(Load(map));
        Assert.Empty(Load(map, "log.target.syslog", "services.at_limit.refuse"));
    }

    [Theory]
    [InlineData("uid:1000")]
    [InlineData("gid:0")]
    [InlineData("vsock:3")]
    public void Rejects_APeerOfAnAbsentKind(string peer)
    {
        var map = $"[ports]\n7 = \"one\"\n[services.one]\nhandler = \"echo\"\nallow = [\"10.0.0.1\", \"{peer}\"]\n";
        Assert.Equal(
            [$"map.toml:5:22: error: 'allow': there are no peers such as '{peer}' on this system: {Reason}"],
            Load(map, "peers.uid", "peers.gid", "peers.vsock"));
    }

    [Fact]
    public void Rejects_AnAbsentKeyOfTheDefaults()
    {
        const string Map = "[ports]\n7 = \"echo\"\n[defaults]\nmax_connections = 3\nuser = \"root\"\n";
        Assert.Equal([$"map.toml:5:1: error: 'user' is not for this system: {Reason}"], Load(Map, "services.user"));
    }

    [Fact]
    public void Rejects_AnAbsentKeyOfADropIn()
    {
        _folder.Write(
            "one.toml",
            "[services.one]\nhandler = \"echo\"\n\n user = \"root\"\n[ports]\n8 = { service = \"one\", device = \"lo\" }\n");
        Assert.Equal(
            [
                $"one.toml:4:2: error: 'user' is not for this system: {Reason}",
                $"one.toml:6:24: error: 'device' is not for this system: {Reason}",
            ],
            Load("include = [\"one.toml\"]\n[ports]\n7 = \"echo\"\n", "services.user", "ports.device"));
    }

    [Fact]
    public void Accepts_AMapWithoutTheAbsentKeys() =>
        Assert.Empty(Load("[ports]\n7 = \"echo\"\n", "services.user", "ports.device", "sockets.unix", "sockets.raw"));

    [Theory]
    [InlineData("\"/run/a.sock\"", "'/run/a.sock' is a unix socket", "sockets.unix")]
    [InlineData("\"@a\"", "'@a' is a unix socket", "sockets.unix")]
    [InlineData("\"vsock:7\"", "'vsock:7' is a vsock socket", "sockets.vsock")]
    [InlineData("\"icmp/raw\"", "'1/raw' is a raw socket", "sockets.raw")]
    [InlineData("\"7/mptcp\"", "'7/mptcp' is an MPTCP socket", "sockets.mptcp")]
    [InlineData("\"7/sctp\"", "'7/sctp' is an SCTP socket", "sockets.sctp")]
    [InlineData("\"7/udplite\"", "'7/udplite' is a UDP-Lite socket", "sockets.udplite")]
    public void Rejects_ASocketOfAnAbsentKind(string entry, string what, string absent)
    {
        var map = $"[daemon]\nraw_sockets = true\n[ports]\n9 = \"echo\"\n{entry} = \"echo\"\n";
        Assert.Contains($"map.toml:5:1: error: {what}, which this system does not have: {Reason}", Load(map, absent));
        Assert.DoesNotContain(Load(map), line => line.Contains("which this system does not have", StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    private string[] Load(string text, params string[] absent)
    {
        var request = MapFiles.Request(_folder.Write("map.toml", text)) with
        {
            Host = new LinuxHost { Absent = absent.ToDictionary(key => key, _ => Reason) },
        };
        var loaded = MapLoader.Load(request, MapFiles.Plain);
        return [.. MapFiles.Render(loaded, _folder.Path).Split('\n').Where(line => line.Contains(": error: ", StringComparison.Ordinal))];
    }
}
