using NetSuperd.Control;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tests;

namespace NetSuperd.Tests.Control;

/// <summary>The socket for questions.</summary>
public sealed partial class ControlServerTests
{
    private const int Asked = 136;
    private const int WrongToken = 138;

    private static readonly string Token = new('t', OperatorToken.LeastLength);

    [Fact]
    public async Task Questions_AtTheirSocket_AreAnsweredAndNothingElseIs()
    {
        StartForQuestions(request => Task.FromResult(ControlAnswer.Of(0, request.Command)));

        Assert.Contains("[\"status\"]", await AskAsync(Status), StringComparison.Ordinal);
        foreach (var command in ControlCommand.All.Where(command => !command.IsQuestion))
        {
            var members = command.Word is "pause" or "resume" or "start" ? ",\"service\":\"web\""
                : command.Word is "signal" ? ",\"service\":\"web\",\"signal\":\"HUP\""
                : command.Word is "abort" ? ",\"id\":1" : "";
            var answer = await AskAsync($"{{\"v\":1,\"command\":\"{command.Word}\"{members}}}\n");
            Assert.StartsWith("{\"v\":1,\"status\":77,", answer, StringComparison.Ordinal);
            Assert.Contains("/control.sock", answer, StringComparison.Ordinal);
        }

        Assert.Equal(Private | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, File.GetUnixFileMode(Place));
    }

    [Fact]
    public async Task Descriptor_SentToTheSocketForQuestions_IsRefused()
    {
        StartForQuestions(request => Task.FromResult(ControlAnswer.Of(0, request.Command)));
        using var client = ControlClientSocket.Connect(Place);
        using var given = File.OpenHandle("/dev/null");

        var failure = Record.Exception(() => SocketRights.Send(client.Socket, "{"u8, given)) as CallException;

        if (Environment.OSVersion.Version < new Version(6, 16))
        {
            Assert.Null(failure);
            return;
        }

        Assert.Equal(Errno.EPERM, failure!.Errno);
        await client.SendAsync(Status);
        Assert.Contains("[\"status\"]", await client.ReceiveToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Map_AtTheSocketForQuestions_ShowsNoSecret()
    {
        StartForQuestions(_ => Task.FromResult(ControlAnswer.Of(0, "first\n  12 | second") with
        {
            Entries = new Dictionary<string, string>
            {
                ["services.web.env"] = "{ TOKEN = \"hush\" }",
                ["services.\"a.env\".settings"] = "{ key = \"hush\" }",
                ["services.web.cwd"] = "/srv",
            },
            Changes = [new MapChange("services.web.env", "hush", null)],
        }));

        var answer = await AskAsync("{\"v\":1,\"command\":\"map\"}\n");

        Assert.DoesNotContain("hush", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("second", answer, StringComparison.Ordinal);
        Assert.Contains("/srv", answer, StringComparison.Ordinal);
        Assert.Contains("not shown", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pause", ",\"service\":\"web\"")]
    [InlineData("abort", ",\"id\":1")]
    [InlineData("reload", "")]
    public async Task Change_WithTheToken_IsMadeAndLogged(string command, string members)
    {
        StartForQuestions(request => Task.FromResult(ControlAnswer.Of(0, request.Command)), OperatorToken.Read(Token, out _));

        var answer = await AskAsync($"{{\"v\":1,\"command\":\"{command}\"{members},\"token\":\"{Token}\"}}\n");

        Assert.Contains($"[\"{command}\"]", answer, StringComparison.Ordinal);
        Assert.StartsWith(command, (string)Assert.Single(_log.Of(Asked))["Request"]!, StringComparison.Ordinal);
        Assert.DoesNotContain(
            _log.Events, logged => logged.Values.Values.Any(value => $"{value}".Contains(Token, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("stop", "", 64)]
    [InlineData("signal", ",\"service\":\"web\",\"signal\":\"HUP\"", 64)]
    [InlineData("status", "", 64)]
    public async Task OtherCommands_TakeNoToken(string command, string members, int status)
    {
        StartForQuestions(_ => throw new InvalidOperationException("no request should arrive"), OperatorToken.Read(Token, out _));

        Assert.StartsWith(
            $"{{\"v\":1,\"status\":{status},", await AskAsync($"{{\"v\":1,\"command\":\"{command}\"{members},\"token\":\"{Token}\"}}\n"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongToken_IsRefusedAfterAPauseAndLoggedOnce()
    {
        var time = new WatchedTime();
        StartForQuestions(Ok, OperatorToken.Read(Token, out _), time);
        for (var count = 0; count < 2; count++)
        {
            using var client = ControlClientSocket.Connect(Place);
            await time.TimerAsync();
            await client.SendAsync("{\"v\":1,\"command\":\"reload\",\"token\":\"guess\"}\n");
            await time.TimerAsync();
            Assert.Equal(0, client.Socket.Available);

            time.Advance(ControlProtocol.GuessTime);

            // That of the answer.
            await time.TimerAsync();
            Assert.StartsWith("{\"v\":1,\"status\":77,", await client.ReceiveToEndAsync(), StringComparison.Ordinal);
        }

        Assert.Single(_log.Of(WrongToken));
        Assert.Empty(_log.Of(Asked));
    }

    [Fact]
    public async Task Clients_OfOneUser_TakeHalfOfTheSlotsForQuestions()
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        StartForQuestions(async _ =>
        {
            begun.SetResult();
            await end.Task;
            return ControlAnswer.Of(0);
        });
        var asked = new List<Task<string>>();
        while (asked.Count < ControlServer.MostOfAUser)
        {
            begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            asked.Add(AskAsync(Status));
            await begun.Task.WaitAsync(Patience, Cancel);
        }

        var turnedAway = await AskAsync(Status);

        Assert.Contains("clients of this user", turnedAway, StringComparison.Ordinal);
        end.SetResult();
        Assert.All(await Task.WhenAll(asked), answer => Assert.Contains("\"status\":0", answer, StringComparison.Ordinal));
    }

    /// <summary>Answers questions of this process's own group.</summary>
    private void StartForQuestions(Func<ControlRequest, Task<ControlAnswer>> answer, OperatorToken? token = null, TimeProvider? time = null)
    {
        var place = ControlPlace.Questions(Place, makesFolder: false, FileStatus.Of(_folder.FullName)!.GroupId, Place);
        var (server, failure) = ControlServer.Open(place, new OperatorStandIn(answer) { Token = token }, _log, time ?? TimeProvider.System);
        Assert.Null(failure);
        _servers.Add(server!);
        server!.Start();
    }
}
