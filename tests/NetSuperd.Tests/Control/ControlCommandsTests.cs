using NetSuperd.Control;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Tests.Control;

public sealed class ControlCommandsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly MapChange Change = new("services.web.umask", "\"022\"", "\"027\"");
    private static readonly LiveConnection Live = new(
        12, "echo", "TCP", "127.0.0.1:7", "127.0.0.1:4000", Noon, TimeSpan.FromSeconds(3), 1, 2, "established", null, null, 7);

    private readonly List<string> _calls = [];

    public static TheoryData<string, string> Calls => new()
    {
        { """{"v":1,"command":"abort","id":12}""", "abort 12" },
        { """{"v":1,"command":"pause","service":"echo"}""", "pause echo" },
        { """{"v":1,"command":"resume","service":"echo"}""", "resume echo" },
        { """{"v":1,"command":"reload"}""", "reload False" },
        { """{"v":1,"command":"reload","dry_run":false}""", "reload False" },
        { """{"v":1,"command":"reload","dry_run":true}""", "reload True" },
        { """{"v":1,"command":"restart"}""", "restart" },
        { """{"v":1,"command":"stop"}""", "stop False" },
        { """{"v":1,"command":"stop","now":true}""", "stop True" },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Answer_ACommand_IsTheCallOfTheDaemon(string line, string call)
    {
        await AskAsync(line);

        Assert.Equal([call], _calls);
    }

    [Fact]
    public async Task Answer_Data_IsThere()
    {
        Assert.Equal(7, (await AskAsync("""{"v":1,"command":"status"}""")).Daemon!.Pid);
        Assert.Equal(Live, Assert.Single((await AskAsync("""{"v":1,"command":"connections"}""")).Connections!).ToLive());
        Assert.Equal("\"30s\"", (await AskAsync("""{"v":1,"command":"map"}""")).Entries!["daemon.drain"]);
        Assert.Equal(99, (await AskAsync("""{"v":1,"command":"stop"}""")).Pid);
    }

    [Fact]
    public async Task Answer_ReloadAndRestart_CarryTheirOutcome()
    {
        var reload = await AskAsync("""{"v":1,"command":"reload"}""");
        var restart = await AskAsync("""{"v":1,"command":"restart"}""");

        Assert.Equal((71, "cannot bind"), (reload.Status, Assert.Single(reload.Messages)));
        Assert.Equal([Change], reload.Changes);
        Assert.Equal((70, "it did not start", 99), (restart.Status, Assert.Single(restart.Messages), restart.Pid));
    }

    [Theory]
    [InlineData("""{"v":1,"command":"abort","id":13}""", "13")]
    [InlineData("""{"v":1,"command":"pause","service":"ecko"}""", "'ecko'")]
    [InlineData("""{"v":1,"command":"resume","service":"ecko"}""", "'ecko'")]
    public async Task Answer_WhatTheDaemonDoesNotKnow_Is64(string line, string name)
    {
        var answer = await AskAsync(line);

        Assert.Equal(64, answer.Status);
        Assert.Contains(name, Assert.Single(answer.Messages), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("resume")]
    public async Task Answer_WhatCannotBeDoneJustNow_Is71AndSaysWhy(string command)
    {
        var answer = await AskAsync($$"""{"v":1,"command":"{{command}}","service":"busy"}""");

        Assert.Equal((71, "netsuperd: not now"), (answer.Status, Assert.Single(answer.Messages)));
    }

    private Task<ControlAnswer> AskAsync(string line)
    {
        var (request, problem) = ControlProtocol.ReadRequest(System.Text.Encoding.UTF8.GetBytes(line));
        Assert.Null(problem);
        return new ControlCommands(Daemon()).AnswerAsync(request!, TestContext.Current.CancellationToken);
    }

    private DaemonControls Daemon() => new()
    {
        Status = _ => Task.FromResult(new DaemonStatus(7, Noon, Noon, null, 0, [], [], null, [])),
        Connections = _ => Task.FromResult<IReadOnlyList<LiveConnection>>([Live]),
        Abort = (id, _) => Call($"abort {id}", id == 12),
        Pause = async (service, _) => (await Call($"pause {service}", service == "echo"), service == "busy" ? "not now" : null),
        Resume = async (service, _) => (await Call($"resume {service}", service == "echo"), service == "busy" ? "not now" : null),
        Reload = async (dryRun, _) =>
        {
            await Call($"reload {dryRun}", true);
            return (71, ["cannot bind"], [Change]);
        },
        Restart = async _ =>
        {
            await Call("restart", true);
            return (70, ["it did not start"], 99);
        },
        Stop = async now =>
        {
            await Call($"stop {now}", true);
            return 99;
        },
        Look = (peer, socket) => [new Outlook(socket, peer, true, 1.5, [])],
        Map = () => [new MapEntry("daemon.drain", "\"30s\"")],
    };

    private Task<bool> Call(string call, bool outcome)
    {
        _calls.Add(call);
        return Task.FromResult(outcome);
    }
}
