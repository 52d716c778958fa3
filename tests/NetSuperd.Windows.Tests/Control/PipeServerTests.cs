using Microsoft.Extensions.Time.Testing;
using NetSuperd.Control;
using NetSuperd.Server.Tests;
using NetSuperd.Systems;
using NetSuperd.Tests.Control;
using NetSuperd.Windows.Control;

namespace NetSuperd.Windows.Tests.Control;

/// <summary>The daemon's end of the control pipe, and clients that misbehave there.</summary>
public sealed class PipeServerTests : IAsyncDisposable
{
    private const string Status = "{\"v\":1,\"command\":\"status\"}\n";
    private const int Gone = 125;
    private const int Command = 136;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _path = $@"\\.\pipe\netsuperd-{Guid.NewGuid():N}";
    private readonly RecordingLogger _log = new();
    private ControlServer? _server;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await (_server?.DisposeAsync().AsTask().WaitAsync(Patience, Cancel) ?? Task.CompletedTask);
        _log.Dispose();
    }

    [Fact]
    public async Task Request_OnALine_IsAnsweredAndTheConnectionCloses()
    {
        Start(request => Task.FromResult(ControlAnswer.Of(0, $"{request.Command} {request.Id}")));

        Assert.Equal("{\"v\":1,\"status\":0,\"messages\":[\"abort 12\"]}\n", await AskAsync("{\"v\":1,\"command\":\"abort\",\"id\":12}\n"));
    }

    [Fact]
    public async Task Change_ByAnOperator_IsLoggedWithItsAccount()
    {
        Start();

        Assert.Contains("\"status\":0", await AskAsync("{\"v\":1,\"command\":\"reload\"}\n"), StringComparison.Ordinal);

        var asked = Assert.Single(_log.Of(Command));
        Assert.Equal(
            (Accounts.Own.Value, Accounts.NameOf(Accounts.Own), Environment.ProcessId), (asked["User"], asked["Name"], asked["Pid"]));
        Assert.Contains('\\', (string)asked["Name"]!);
    }

    [Fact]
    public async Task RequestByteByByte_IsAnswered()
    {
        Start();
        using var client = await PipeClient.ConnectAsync(_path);
        foreach (var letter in Status)
        {
            await client.SendAsync($"{letter}");
        }

        Assert.Contains("\"status\":0", await client.ReceiveToEndAsync(), StringComparison.Ordinal);
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
    public async Task Answer_OfMegabytes_ArrivesWhole()
    {
        Start(_ => Task.FromResult(ControlAnswer.Of(0, new string('x', 4_000_000))));

        var answer = await AskAsync(Status);

        Assert.InRange(answer.Length, 4_000_000, 4_000_100);
        Assert.EndsWith("x\"]}\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_ThatTheClientDoesNotRead_IsGivenUp()
    {
        var time = new WatchedTime();
        Start(_ => Task.FromResult(ControlAnswer.Of(0, new string('x', 4_000_000))), time);
        using var client = await PipeClient.ConnectAsync(_path);
        await client.SendAsync(Status);
        await time.TimerAsync();
        await time.TimerAsync();

        time.Advance(TimeSpan.FromSeconds(11));

        await _log.WhenAsync(Gone);
        Assert.DoesNotContain('\n', await client.ReceiveToEndAsync());
    }

    [Fact]
    public async Task SlowRequest_AfterFiveSeconds_IsCutOff()
    {
        var time = new WatchedTime();
        Start(time: time);
        using var client = await PipeClient.ConnectAsync(_path);
        await time.TimerAsync();
        await client.SendAsync("{\"v\":1,");
        time.Advance(TimeSpan.FromSeconds(5.1));

        Assert.StartsWith("{\"v\":1,\"status\":64,", await client.ReceiveToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_ThatLeaves_AffectsNoOtherClient()
    {
        Start();
        for (var i = 0; i < 50; i++)
        {
            using var client = await PipeClient.ConnectAsync(_path);
            await client.SendAsync(i % 2 == 0 ? "" : "{\"v\":1");
        }

        Assert.Contains("\"status\":0", await AskAsync(Status), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SilentClients_AHundred_DoNotKeepOutTheNext()
    {
        // Time stands still: no deadline cuts off a client.
        Start(time: new FakeTimeProvider());
        var silent = new List<PipeClient>();
        for (var i = 0; i < 100; i++)
        {
            silent.Add(await PipeClient.ConnectAsync(_path));
        }

        Assert.Contains("\"status\":0", await AskAsync(Status), StringComparison.Ordinal);

        Assert.Contains("\"status\":64", await silent[0].ReceiveToEndAsync(), StringComparison.Ordinal);
        silent.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Clients_AsManyAsThereArePlaces_AreAnsweredTogether()
    {
        Start(request => Task.FromResult(ControlAnswer.Of(0, $"{request.Id}")));

        // Where more come, those that have not asked yet lose their places.
        var answers = new string[200];
        var together = new ParallelOptions { MaxDegreeOfParallelism = ControlServer.MostClients, CancellationToken = Cancel };
        await Parallel.ForAsync(
            0, answers.Length, together, async (i, _) => answers[i] = await AskAsync($"{{\"v\":1,\"command\":\"abort\",\"id\":{i}}}\n"));

        Assert.Equal(
            Enumerable.Range(0, 200).Select(i => $"{{\"v\":1,\"status\":0,\"messages\":[\"{i}\"]}}\n"), answers);
    }

    [Fact]
    public async Task Clients_OneAfterTheOther_LeaveNoHandle()
    {
        Start();
        await AskAsync(Status);
        var before = Hosting.WindowsProcess.Handles;
        for (var i = 0; i < 300; i++)
        {
            Assert.Contains("\"status\":0", await AskAsync(Status), StringComparison.Ordinal);
        }

        await Waiting.UntilAsync(() => Hosting.WindowsProcess.Handles < before + 50, "the handles of 300 clients are closed");
    }

    [Fact]
    public async Task Dispose_WithRequestsUnderWay_AnswersThemAndCutsOffTheSilent()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Start(async _ =>
        {
            begun.SetResult();
            await end.Task;
            return ControlAnswer.Of(0);
        });
        using var silent = await PipeClient.ConnectAsync(_path);
        var asked = AskAsync(Status);
        await begun.Task.WaitAsync(Patience, Cancel);

        var disposed = _server!.DisposeAsync().AsTask();
        _server = null;

        Assert.Equal("", await silent.ReceiveToEndAsync());
        Assert.False(asked.IsCompleted || disposed.IsCompleted);
        end.SetResult();
        Assert.Contains("\"status\":0", await asked, StringComparison.Ordinal);
        await disposed.WaitAsync(Patience, Cancel);
        Assert.False(File.Exists(_path));
    }

    private void Start(Func<ControlRequest, Task<ControlAnswer>>? answer = null, TimeProvider? time = null)
    {
        var (server, failure) = ControlServer.Open(
            new ControlPlace(_path, MakesFolder: false), new OperatorStandIn(answer ?? (_ => Task.FromResult(ControlAnswer.Of(0)))), _log,
            time ?? TimeProvider.System);
        Assert.Null(failure);
        _server = server;
        server!.Start();
    }

    private async Task<string> AskAsync(string request)
    {
        using var client = await PipeClient.ConnectAsync(_path);
        await client.SendAsync(request);
        return await client.ReceiveToEndAsync();
    }
}
