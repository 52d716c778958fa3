using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Programs;
using NetSuperd.Linux.Spawn;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Spawn;

public sealed class ChildPlanTests : IDisposable
{
    private readonly RecordingLogger _log = new();
    private readonly SafeFileHandle _error = File.OpenHandle("/dev/null");
    private readonly SafeFileHandle _nothing = File.OpenHandle("/dev/null");
    private readonly SafeFileHandle _report = File.OpenHandle("/dev/null");
    private readonly ConnectionTally _tally;

    public ChildPlanTests() => _tally = new ConnectionTally(_log, TimeProvider.System);

    public void Dispose()
    {
        _error.Dispose();
        _nothing.Dispose();
        _report.Dispose();
        _log.Dispose();
    }

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
    public async Task For_AVsockConnection_HasTheContextsAndTheNamesOfCgi()
    {
        using var pair = await SocketPair.TcpAsync();
        var record = new ConnectionRecord(
            1, _tally.Use("cat"), "VSOCK", new VsockEndPoint(3, 4000000000), new VsockEndPoint(2, 7001), null, 0, _nothing);
        var environment = Variables(Request(Maps.Child("cat", "/bin/cat"), record, [(pair.Server, "cat")]));

        var expected = new Dictionary<string, string>
        {
            ["PROTO"] = "VSOCK",
            ["VSOCKLOCALCID"] = "2",
            ["VSOCKLOCALPORT"] = "7001",
            ["VSOCKREMOTECID"] = "3",
            ["VSOCKREMOTEPORT"] = "4000000000",
            ["REMOTE_ADDR"] = "vsock:3",
            ["REMOTE_PORT"] = "4000000000",
            ["REMOTE_HOST"] = "vsock:3",
        };
        Assert.All(expected, pair => Assert.Equal(pair.Value, environment[pair.Key]));
        Assert.DoesNotContain("IPCREMOTEEUID", environment.Keys);
    }

    [Fact]
    public async Task For_AnyConnection_HasTheUserAndNothingElseOfTheDaemon()
    {
        using var pair = await SocketPair.TcpAsync();
        var environment = Variables(Request(Maps.Child("cat", "/bin/cat"), pair).Request);
        var user = NameService.User(ProcessIdentity.EffectiveUserId)!;

        Assert.Equal(
            (user.Name, user.Name, user.Home, user.Shell),
            (environment["USER"], environment["LOGNAME"], environment["HOME"], environment["SHELL"]));
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
        var request = Request(service, pair).Request;

        Assert.Equal([pair.Server, pair.Server, _error, _report], request.Descriptors);
        Assert.Equal(["--", "/bin/cat", "-n", "--"], request.Arguments.TakeLast(4));
        Assert.Superset(new HashSet<string>(["--argv0=kitten", "--cwd=/srv", "--umask=77"]), request.Arguments.ToHashSet());
    }

    [Fact]
    public async Task For_AProgramWithEverything_HasAnOptionForEach()
    {
        var service = Maps.Child("cat", "/bin/cat");
        service = service with
        {
            Program = service.Program! with
            {
                User = new UserEntry("games", 5, 60, "/usr/games", "/bin/false"),
                Group = 61,
                Groups = new ChildGroups(GroupsChoice.Listed, [7, 8]),
                Chroot = "/srv",
                Nice = -3,
                Limits = [new ResourceLimit("core", 0, 0), new ResourceLimit("nofile", 1024, ResourceLimit.Unlimited)],
            },
        };
        using var pair = await SocketPair.TcpAsync();
        var (request, _) = Request(service, pair);

        string[] identity = ProcessIdentity.EffectiveUserId == 0 ? ["--groups=7,8", "--gid=61", "--uid=5"] : [];
        Assert.Equal(
            [
                "--nice=-3", "--limit=core=0:0", "--limit=nofile=1024:unlimited", "--umask=22", "--chroot=/srv", "--cwd=/",
                .. identity, "--no-new-privs", "--", "/bin/cat",
            ],
            request.Arguments);
        Assert.Equal(("games", "/usr/games"), (Variables(request)["USER"], Variables(request)["HOME"]));
    }

    [Theory]
    [InlineData(ChildStderr.Socket)]
    [InlineData(ChildStderr.Null)]
    public async Task For_StandardErrorElsewhere_GoesThere(ChildStderr stderr)
    {
        var service = Maps.Child("cat", "/bin/cat");
        service = service with { Program = service.Program! with { Stderr = stderr, NoNewPrivs = false } };
        using var pair = await SocketPair.TcpAsync();
        var (request, _) = Request(service, pair);

        Assert.Same(stderr == ChildStderr.Socket ? pair.Server : _nothing, request.Descriptors[2]);
        Assert.DoesNotContain("--no-new-privs", request.Arguments);
    }

    [Fact]
    public async Task For_FdsListen_TheSocketsAreFromThreeWithTheirNames()
    {
        var service = Maps.Child("web", "/bin/cat");
        service = service with { Program = service.Program! with { Fds = ChildFds.Listen, Wait = true } };
        using var one = await SocketPair.TcpAsync();
        using var two = await SocketPair.TcpAsync();
        var record = _tally.OpenShared("web", one.Client, null);
        var request = Request(service, record, [(one.Server, "http"), (two.Server, "https")]);

        Assert.Equal([_nothing, _nothing, _error, one.Server, two.Server, _report], request.Descriptors);
        Assert.Contains("--listen-pid", request.Arguments);
        var environment = Variables(request);
        Assert.Equal(("2", "http:https", "TCP"), (environment["LISTEN_FDS"], environment["LISTEN_FDNAMES"], environment["PROTO"]));
        Assert.DoesNotContain("REMOTE_ADDR", environment.Keys);
    }

    [Fact]
    public void Variables_OfTheLongestAddresses_TakeNoMoreThanTheMapKeepsFreeForThem()
    {
        const int LongestInterface = 15, SizeOfPointer = 8, ListenPid = 20;
        var end = new IPEndPoint(IPAddress.Parse("fe80:1111:2222:3333:4444:5555:6666:7777%4000000000"), IPEndPoint.MaxPort);
        var record = new ConnectionRecord(long.MaxValue, _tally.Use("web"), "TCP", end, end, null, 0, _nothing);
        var service = Maps.Child("web", "/bin/cat");
        service = service with { Program = service.Program! with { Fds = ChildFds.Listen } };

        var variables = new ChildPlan(service, "/opt/netsuperd-exec").Variables(record, [(_nothing, "web")]);

        Assert.InRange(
            variables.Bytes.Length + (4 * LongestInterface) + ListenPid + ((variables.Count + 1) * SizeOfPointer), 500,
            ArgumentRoom.OfAConnection / 2);
    }

    private (Given Request, ConnectionRecord Record) Request(Service service, SocketPair pair)
    {
        var record = _tally.Open(service.Name, pair.Server);
        return (Request(service, record, [(pair.Server, service.Name)]), record);
    }

    private Given Request(Service service, ConnectionRecord record, IReadOnlyList<(SafeHandle Socket, string Name)> sockets)
    {
        var plan = new ChildPlan(service, "/opt/netsuperd-exec");
        return new Given(
            plan.Arguments, [.. plan.Environment, .. plan.Variables(record, sockets).Texts],
            plan.Descriptors(sockets, _error, _nothing, _report));
    }

    // A name that stands twice would be two answers to one question.
    private static Dictionary<string, string> Variables(Given request) =>
        request.Environment.Select(entry => entry.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

    /// <summary>What a child gets.</summary>
    private sealed record Given(
        IReadOnlyCollection<string> Arguments, IReadOnlyCollection<string> Environment, IReadOnlyList<SafeHandle> Descriptors);
}
