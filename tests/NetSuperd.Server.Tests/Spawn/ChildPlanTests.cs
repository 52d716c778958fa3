using System.Net;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Spawn;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Spawn;

public sealed class ChildPlanTests : IDisposable
{
    private readonly RecordingLogger _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task For_ATcpConnection_HasTheNamesOfUcspiAndCgi()
    {
        using var pair = await SocketPair.TcpAsync();
        var (request, record) = Request(Maps.Child("cat", "/bin/cat"), pair);
        var (peer, local) = ((IPEndPoint)pair.Client.LocalEndPoint!, (IPEndPoint)pair.Client.RemoteEndPoint!);

        var environment = Variables(request);
        var expected = new Dictionary<string, string>
        {
            ["PROTO"] = "TCP",
            ["TCPLOCALIP"] = "127.0.0.1",
            ["TCPLOCALPORT"] = $"{local.Port}",
            ["TCPREMOTEIP"] = "127.0.0.1",
            ["TCPREMOTEPORT"] = $"{peer.Port}",
            ["REMOTE_ADDR"] = "127.0.0.1",
            ["REMOTE_PORT"] = $"{peer.Port}",
            ["REMOTE_HOST"] = "127.0.0.1",
            ["NETSUPERD_SERVICE"] = "cat",
            ["NETSUPERD_ID"] = $"{record.Id}",
        };
        Assert.All(expected, pair => Assert.Equal(pair.Value, environment[pair.Key]));
        Assert.DoesNotContain("IPCREMOTEEUID", environment.Keys);
    }

    [Fact]
    public async Task For_AUnixConnection_HasTheIdsOfThePeer()
    {
        using var pair = await SocketPair.UnixAsync();
        var environment = Variables(Request(Maps.Child("cat", "/bin/cat"), pair).Request);

        Assert.Equal("UNIX", environment["PROTO"]);
        Assert.Equal($"{Environment.ProcessId}", environment["IPCREMOTEPID"]);
        Assert.Equal($"{ProcessIdentity.EffectiveUserId}", environment["IPCREMOTEEUID"]);
        Assert.Contains("IPCREMOTEEGID", environment.Keys);
        Assert.DoesNotContain("TCPREMOTEIP", environment.Keys);
    }

    [Fact]
    public async Task For_AnyConnection_HasTheUserAndNothingElseOfTheDaemon()
    {
        using var pair = await SocketPair.TcpAsync();
        var environment = Variables(Request(Maps.Child("cat", "/bin/cat"), pair).Request);
        var user = NameService.User(ProcessIdentity.EffectiveUserId)!;

        Assert.Equal((user.Name, user.Name, user.Home, user.Shell), (environment["USER"], environment["LOGNAME"], environment["HOME"], environment["SHELL"]));
        Assert.Equal("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", environment["PATH"]);
        Assert.Equal(15, environment.Count);
    }

    [Fact]
    public async Task For_EnvAndPassEnv_TheMapWins()
    {
        Environment.SetEnvironmentVariable("NETSUPERD_TEST_PASSED", "daemon's");
        Environment.SetEnvironmentVariable("NETSUPERD_TEST_KEPT", "secret");
        var service = Maps.Child("cat", "/bin/cat");
        service = service with
        {
            Program = service.Program! with
            {
                PassEnv = ["NETSUPERD_TEST_PASSED", "NETSUPERD_TEST_MISSING", "PATH"],
                Env = service.Program.Env.Add("HOME", "/srv").Add("PATH", "/opt"),
            },
        };
        using var pair = await SocketPair.TcpAsync();
        var environment = Variables(Request(service, pair).Request);

        Assert.Equal(("daemon's", "/srv", "/opt"), (environment["NETSUPERD_TEST_PASSED"], environment["HOME"], environment["PATH"]));
        Assert.DoesNotContain("NETSUPERD_TEST_KEPT", environment.Keys);
        Assert.DoesNotContain("NETSUPERD_TEST_MISSING", environment.Keys);
    }

    [Fact]
    public async Task For_AnyConnection_HasItsSocketOnInputAndOutputAndTheLogOnError()
    {
        var service = Maps.Child("cat", "/bin/cat", "-n", "--");
        service = service with { Program = service.Program! with { Argv0 = "kitten", Cwd = "/srv", Umask = 0x3F } };
        using var pair = await SocketPair.TcpAsync();
        using var log = new StderrLog("cat", _log);
        var tally = new ConnectionTally(_log, TimeProvider.System);
        var request = new ChildPlan(service).For(tally.Open("cat", pair.Server), pair.Server, log.Writer);

        Assert.Equal([pair.Server.SafeHandle, pair.Server.SafeHandle, log.Writer], request.Descriptors);
        Assert.Equal(["kitten", "-n", "--"], request.Arguments);
        Assert.Equal(("/bin/cat", "/srv", 0x3F), (request.Path, request.Directory, request.Umask));
    }

    private (SpawnRequest Request, ConnectionRecord Record) Request(Service service, SocketPair pair)
    {
        using var log = new StderrLog(service.Name, _log);
        var record = new ConnectionTally(_log, TimeProvider.System).Open(service.Name, pair.Server);
        return (new ChildPlan(service).For(record, pair.Server, log.Writer), record);
    }

    // A name that stands twice would be two answers to one question.
    private static Dictionary<string, string> Variables(SpawnRequest request) =>
        request.Environment.Select(entry => entry.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
}
