using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NetSuperd.Control;
using NetSuperd.Native;
using NetSuperd.Server.Tests;

namespace NetSuperd.Tests.Control;

public sealed partial class ControlServerTests : IAsyncDisposable
{
    private const string Status = "{\"v\":1,\"command\":\"status\"}\n";
    private const int Refused = 119;
    private const int Replaced = 118;
    private const int Missing = 123;
    private const int Failed = 120;
    private const int Gone = 125;
    private const int Command = 136;
    private const int Question = 137;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netsuperd-control-");
    private readonly RecordingLogger _log = new();
    private readonly List<ControlServer> _servers = [];

    private string Place => Path.Combine(_folder.FullName, "control.sock");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync().AsTask().WaitAsync(Patience, Cancel);
        }

        _folder.Delete(recursive: true);
        _log.Dispose();
    }

    [Fact]
    public async Task Request_OnALine_IsAnsweredAndTheConnectionCloses()
    {
        Start(request => Task.FromResult(ControlAnswer.Of(0, $"{request.Command} {request.Id}")));

        Assert.Equal("{\"v\":1,\"status\":0,\"messages\":[\"abort 12\"]}\n", await AskAsync("{\"v\":1,\"command\":\"abort\",\"id\":12}\n"));
        Assert.Equal(Private, File.GetUnixFileMode(Place));
        Assert.Equal([Place], Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Theory]
    [InlineData("\"abort\",\"id\":12", "abort 12")]
    [InlineData("\"abort\",\"service\":\"echo\",\"idle\":\"10m\"", "abort --service echo --idle 10m")]
    [InlineData("\"stop\",\"service\":\"a b' --now\",\"now\":true", "stop 'a b'\\'' --now' --now")]
    [InlineData("\"stop\",\"now\":false", "stop")]
    [InlineData("\"reload\"", "reload")]
    public async Task Change_ByAnOperator_IsLoggedWithTheUserBeforeItIsMade(string request, string words)
    {
        Start(_ =>
        {
            Assert.Contains(Command, _log.Ids);
            return Task.FromResult(ControlAnswer.Of(0));
        });

        Assert.Contains("\"status\":0", await AskAsync($"{{\"v\":1,\"command\":{request}}}\n"), StringComparison.Ordinal);
        var asked = Assert.Single(_log.Of(Command));
        var own = ProcessIdentity.EffectiveUserId;
        Assert.Equal(
            (words, Environment.ProcessId, own, NameService.User(own)?.Name ?? $"{own}"),
            (asked["Request"], asked["Pid"], asked["User"], asked["Name"]));
        Assert.NotNull(asked["Login"]);
    }

    [Theory]
    [InlineData("\"reload\",\"dry_run\":true", "reload --dry-run")]
    [InlineData("\"connections\",\"peer\":\"10.0.0.0/8\"", "connections --peer 10.0.0.0/8")]
    public async Task Question_OfAnOperator_IsForDebugging(string request, string words)
    {
        Start();

        Assert.Contains("\"status\":0", await AskAsync($"{{\"v\":1,\"command\":{request}}}\n"), StringComparison.Ordinal);
        Assert.Equal((LogLevel.Debug, words), (_log.Of(Question)[0].Level, _log.Of(Question)[0]["Request"]));
        Assert.Empty(_log.Of(Command));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("{\"v\":1,\"command\":\"format\"}\n")]
    [InlineData("{\"v\":1,\"command\":\"status\",\"command\":\"stop\"}\n")]
    [InlineData("{\"v\":1,\"command\":\"stop\",\"service\":null}\n")]
    public async Task Garbage_IsAnsweredWith64AndNothingIsDone(string text)
    {
        Start(_ => throw new InvalidOperationException("no request should arrive"));

        Assert.StartsWith("{\"v\":1,\"status\":64,", await AskAsync(text), StringComparison.Ordinal);
    }

    [Fact]
    public async Task InvalidUtf8_IsAnsweredWith64()
    {
        Start();
        using var client = ControlClientSocket.Connect(Place);
        await client.SendAsync((byte[])[.. "{\"v\":1,\"command\":\"st"u8, 0xFF, .. "atus\"}\n"u8]);

        Assert.StartsWith("{\"v\":1,\"status\":64,", await client.ReceiveToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ControlProtocol.MostRequestBytes, 0)]
    [InlineData(ControlProtocol.MostRequestBytes + 1, 64)]
    [InlineData(5_000_000, 64)]
    public async Task LongRequest_OverTheLimit_IsAnsweredWith64(int bytes, int status)
    {
        Start();
        var line = Status.TrimEnd('\n').PadRight(bytes - 1) + "\n";

        Assert.StartsWith($"{{\"v\":1,\"status\":{status},", await AskAsync(line), StringComparison.Ordinal);
        Assert.Contains("\"status\":0", await AskAsync(Status), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestByteByByte_IsAnswered()
    {
        Start();
        using var client = ControlClientSocket.Connect(Place);
        foreach (var letter in Status)
        {
            await client.SendAsync($"{letter}");
        }

        Assert.Contains("\"status\":0", await client.ReceiveToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TwoRequestsInOnePacket_TheFirstIsAnswered()
    {
        var asked = new List<string>();
        Start(request =>
        {
            asked.Add(request.Command);
            return Task.FromResult(ControlAnswer.Of(0));
        });

        var answer = await AskAsync(Status + "{\"v\":1,\"command\":\"restart\"}\n");

        Assert.Single(answer.TrimEnd('\n').Split('\n'));
        Assert.Equal(["status"], asked);
    }

    [Theory]
    [InlineData(Status, "\"status\":0")]
    [InlineData("{\"v\":1,\"command\":\"status\"}", "\"status\":64")]
    [InlineData("", "")]
    public async Task HalfClose_AfterTheRequest_StillGetsTheWholeAnswer(string text, string answer)
    {
        Start();
        using var client = ControlClientSocket.Connect(Place);
        await client.SendAsync(text);
        client.Socket.Shutdown(SocketShutdown.Send);

        Assert.Contains(answer, await client.ReceiveToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SlowRequest_AfterFiveSeconds_IsCutOff()
    {
        var time = new WatchedTime();
        Start(time: time);
        using var client = ControlClientSocket.Connect(Place);
        await time.TimerAsync();
        await client.SendAsync("{\"v\":1,");
        time.Advance(TimeSpan.FromSeconds(4.9));
        await client.SendAsync("\"command\":");
        Assert.Equal(0, client.Socket.Available);

        time.Advance(TimeSpan.FromSeconds(0.2));

        Assert.StartsWith("{\"v\":1,\"status\":64,", await client.ReceiveToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_ThatTheClientDoesNotRead_IsGivenUp()
    {
        var time = new WatchedTime();
        Start(_ => Task.FromResult(ControlAnswer.Of(0, new string('x', 4_000_000))), time);
        using var client = ControlClientSocket.Connect(Place);
        await client.SendAsync(Status);
        await time.TimerAsync();
        await time.TimerAsync();

        time.Advance(TimeSpan.FromSeconds(11));

        await _log.WhenAsync(Gone);
        Assert.DoesNotContain('\n', await client.ReceiveToEndAsync());
    }

    [Fact]
    public async Task Answer_OfMegabytes_ArrivesWhole()
    {
        Start(_ => Task.FromResult(ControlAnswer.Of(0, new string('x', 4_000_000))));

        Assert.EndsWith("x\"]}\n", await AskAsync(Status), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_ThatThrows_Is70AndLogged()
    {
        _log.Expects(Failed);
        Start(_ => throw new InvalidOperationException("a bug"));

        Assert.StartsWith("{\"v\":1,\"status\":70,", await AskAsync(Status), StringComparison.Ordinal);
        Assert.Equal("status", Assert.Single(_log.Of(Failed))["Command"]);
    }

    [Fact]
    public async Task Dispose_WithRequestsUnderWay_AnswersThemAndCutsOffTheSilent()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = Start(async _ =>
        {
            begun.SetResult();
            await end.Task;
            return ControlAnswer.Of(0);
        });
        using var silent = ControlClientSocket.Connect(Place);
        var asked = AskAsync(Status);
        await begun.Task.WaitAsync(Patience, Cancel);

        var disposed = server.DisposeAsync().AsTask();
        _servers.Remove(server);

        Assert.Equal("", await silent.ReceiveToEndAsync());
        Assert.False(asked.IsCompleted || disposed.IsCompleted);
        end.SetCanceled(Cancel);
        Assert.Contains("\"status\":69", await asked, StringComparison.Ordinal);
        await disposed.WaitAsync(Patience, Cancel);
    }

    private static Task<ControlAnswer> Ok(ControlRequest request) => Task.FromResult(ControlAnswer.Of(0));

    private static Func<ControlRequest, Task<ControlAnswer>> Answering(string word) => _ => Task.FromResult(ControlAnswer.Of(0, word));

    /// <summary>A descriptor of the same listening socket, as another process has one.</summary>
    private static Socket SocketOf(ControlServer server) => ((ControlSocket)server.Listener).Listener;

    private static Socket Copy(Socket listener) => new(new SafeSocketHandle(Duplicate(listener), ownsHandle: true));

    private static nint Duplicate(Socket listener)
    {
        var fd = dup((int)listener.Handle);
        Assert.True(fd >= 0);
        return fd;
    }

    [System.Runtime.InteropServices.DllImport("libc")]
    [System.Runtime.InteropServices.DefaultDllImportSearchPaths(System.Runtime.InteropServices.DllImportSearchPath.SafeDirectories)]
    private static extern int dup(int fd);

    private (ControlServer? Server, ControlBindFailure? Failure) Open(
        Func<ControlRequest, Task<ControlAnswer>>? answer = null, TimeProvider? time = null) =>
        ControlServer.Open(
            new ControlPlace(Place, MakesFolder: false), new OperatorStandIn(answer ?? Ok), _log, time ?? TimeProvider.System);

    private (ControlServer? Server, ControlBindFailure? Failure) Open(ControlPlace place) =>
        ControlServer.Open(place, new OperatorStandIn(Ok), _log, TimeProvider.System);

    private ControlServer Start(
        Func<ControlRequest, Task<ControlAnswer>>? answer = null, TimeProvider? time = null)
    {
        var (server, failure) = Open(answer, time);
        Assert.Null(failure);
        _servers.Add(server!);
        server!.Start();
        return server;
    }

    private void LeaveStaleSocket()
    {
        using var stale = UnixListener.Bind(Place, SocketType.Stream);
        stale.Listen();
    }

    private async Task<string> AskAsync(string request)
    {
        using var client = ControlClientSocket.Connect(Place);
        await client.SendAsync(request);
        return await client.ReceiveToEndAsync();
    }
}
