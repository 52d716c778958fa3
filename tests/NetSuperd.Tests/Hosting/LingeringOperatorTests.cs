using Microsoft.Extensions.Logging.Abstractions;
using NetSuperd.Builtins;
using NetSuperd.Commands;
using NetSuperd.Control;
using NetSuperd.Hosting;
using NetSuperd.Linux;
using NetSuperd.Logging;
using NetSuperd.Server;
using NetSuperd.Server.Config.Loading;

namespace NetSuperd.Tests.Hosting;

/// <summary>What a process that a restart has replaced answers its successor.</summary>
public sealed class LingeringOperatorTests : IAsyncLifetime
{
    private const int SuccessorPid = 4711;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netsuperd-lingering-");
    private readonly Superserver _server;
    private readonly LogOutput _output;
    private readonly LingeringOperator _operator;

    public LingeringOperatorTests()
    {
        var map = Path.Combine(_folder.FullName, "map.toml");
        File.WriteAllText(map, $"[ports]\n\"@netsuperd-lingering-{Guid.NewGuid():N}\" = \"echo\"\n[log]\nlevel = \"error\"\n");
        var request = new LoadRequest
        {
            Host = new LinuxHost(),
            File = map,
            ToRun = true,
            IsRoot = false,
            DefaultPlugins = Path.Combine(_folder.FullName, "plugins"),
            ExecHelper = "/bin/true",
        };
        LogOutput? output = null;
        _server = Superserver.Load(
            request, [typeof(EchoHandler)], log => (output = LogOutput.Open(log)).Loggers, TimeProvider.System).Server!;
        _output = output!;

        // Only its stop would need the signals of the test's process.
        _operator = new LingeringOperator(new OwnAnswers(_server, _output), _server, lifetime: null!, SuccessorPid, NullLogger.Instance);
    }

    public async ValueTask InitializeAsync() => Assert.Empty(await _server.StartAsync([]));

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(keepPaths: false, CancellationToken.None);
        await _server.DisposeAsync();
        _output.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Commands_ThatChangeWhatTheSuccessorServes_AreRefusedAndNameIt()
    {
        ControlAnswer[] answers =
        [
            await Soon(_operator.ReloadAsync(dryRun: false)),
            await Soon(_operator.ReloadAsync(dryRun: true)),
            await Soon(((IOperator)_operator).RestartAsync()),
        ];

        Assert.All(answers, answer => Assert.Equal(ExitStatus.System, answer.Status));
        Assert.All(answers, answer => Assert.Equal(
            [$"netsuperd: process {SuccessorPid} has replaced this one; try again"], answer.Messages));
        Assert.Equal("serving", Assert.Single(_server.Overview.Status().Services).State);
    }

    [Fact]
    public async Task Pause_ByTheSuccessor_IsFollowedUntilItResumes()
    {
        Assert.Equal(ExitStatus.Ok, (await Soon(_operator.PauseAsync("echo"))).Status);
        Assert.Equal("paused", State());
        Assert.Equal(ExitStatus.Ok, (await Soon(_operator.StopServiceAsync("echo", now: false))).Status);
        Assert.Equal("stopped", State());

        Assert.Equal(ExitStatus.Ok, (await Soon(_operator.StartServiceAsync("echo"))).Status);
        Assert.Equal("paused", State());
        Assert.Equal(ExitStatus.Ok, (await Soon(_operator.ResumeAsync("echo"))).Status);
        Assert.Equal("serving", State());

        string State() => Assert.Single(_server.Overview.Status().Services).State;
    }

    [Fact]
    public async Task Commands_ForWhatIsStillServed_AreCarriedOut()
    {
        var status = (await Soon(_operator.StatusAsync(null))).Daemon!;
        Assert.Equal(Environment.ProcessId, status.Pid);
        Assert.NotNull(status.Version);
        Assert.Empty(status.Lingering);
        var everything = ConnectionFilter.Read(null, null, null, null, MapArguments.Host.Names, out _)!;
        Assert.Empty((await Soon(_operator.ConnectionsAsync(everything))).Connections!);
        Assert.Equal(ExitStatus.Ok, (await Soon(_operator.StopServiceAsync("echo", now: true))).Status);
        Assert.Equal(ExitStatus.Ok, (await Soon(_operator.ReopenAsync())).Status);
        Assert.NotEmpty((await Soon(_operator.MapAsync())).Entries!);
    }

    [Fact]
    public async Task Commands_ThatFindNothing_SayWhat()
    {
        ControlAnswer[] answers =
        [
            await Soon(_operator.AbortAsync(7)),
            await Soon(_operator.SignalAsync("echo", "HUP")),
            await Soon(_operator.SignalAsync("echo", "WRONG")),
        ];

        Assert.All(answers, answer => Assert.Equal(ExitStatus.Usage, answer.Status));
        Assert.Equal(
            [
                "netsuperd: there is no connection 7",
                "netsuperd: no process of 'echo' runs",
                "netsuperd: 'WRONG' is not a signal; write a name such as HUP, or a number",
            ],
            answers.Select(answer => Assert.Single(answer.Messages)));
    }

    private static Task<T> Soon<T>(Task<T> answer) =>
        answer.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
}
