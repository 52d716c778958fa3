using System.Net.Sockets;
using NetSuperd.Control;
using NetSuperd.Server.Tests;

namespace NetSuperd.Tests.Control;

public sealed class ControlChannelTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stop = new();
    private readonly RecordingLogger _log = new();
    private readonly Socket _server;
    private readonly ControlChannel _channel;
    private Func<ControlRequest, Task<ControlAnswer>> _answer = request => Task.FromResult(ControlAnswer.Of(0, request.Command));
    private Task _serving;

    public ControlChannelTests()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint($"\0netsuperd-{Guid.NewGuid():N}"));
        listener.Listen();
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(listener.LocalEndPoint!);
        (_server, _channel) = (listener.Accept(), new ControlChannel(new UnixConnection(client)));
        _serving = ControlServer.ServeChannelAsync(
            new ControlLines(new UnixConnection(_server)), new OperatorStandIn(request => _answer(request)), _log, _stop.Token);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving.WaitAsync(Patience, Cancel);
        _channel.Dispose();
        _server.Dispose();
        _stop.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task Ask_ManyTimes_IsAnsweredInOrder()
    {
        var questions = Enumerable.Range(0, 50).Select(i => AskAsync(i % 2 == 0 ? "status" : "connections")).ToList();

        var answers = await Task.WhenAll(questions);

        Assert.Equal(
            Enumerable.Range(0, 50).Select(i => i % 2 == 0 ? "status" : "connections"), answers.Select(answer => answer!.Messages[0]));
    }

    [Fact]
    public async Task Ask_ALargeAnswer_ArrivesWhole()
    {
        _answer = _ => Task.FromResult(ControlAnswer.Of(0, new string('x', 10_000_000)));

        Assert.Equal(10_000_000, (await AskAsync("status"))!.Messages[0].Length);
    }

    [Fact]
    public async Task Ask_GivenUp_DoesNotMixUpTheAnswers()
    {
        var release = await GiveUpAsync();

        var second = AskAsync("status");
        release.SetResult();

        Assert.Equal("status", (await second)!.Messages[0]);
    }

    [Fact]
    public async Task Hold_AfterAQuestionThatWasGivenUp_TakesInItsAnswerAndKeepsTheNextBack()
    {
        var release = await GiveUpAsync();

        var held = _channel.HoldAsync(CancellationToken.None);
        release.SetResult();
        await held.WaitAsync(Patience, Cancel);
        var second = AskAsync("status");
        Assert.False(second.IsCompleted);
        _channel.Resume();

        Assert.Equal("status", (await second)!.Messages[0]);
    }

    [Fact]
    public async Task Hold_WhereAnAnswerDoesNotCome_ClosesTheChannelForBoth()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _answer = async _ =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, _stop.Token);
            return ControlAnswer.Of(0);
        };
        using var impatient = new CancellationTokenSource();
        var first = _channel.AskAsync(ControlRequest.Of(ControlCommand.Connections), impatient.Token);
        await asked.Task.WaitAsync(Patience, Cancel);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Patience, Cancel));

        await _channel.HoldAsync(impatient.Token).WaitAsync(Patience, Cancel);
        _channel.Resume();

        Assert.Null(await AskAsync("status"));
    }

    [Fact]
    public async Task Ask_WhenTheOtherProcessIsGone_IsNull()
    {
        await _stop.CancelAsync();
        await _serving.WaitAsync(Patience, Cancel);
        _server.Dispose();

        Assert.Null(await AskAsync("status"));
        Assert.Null(await AskAsync("status"));
    }

    [Fact]
    public async Task Ask_WhileTheOtherProcessGoes_IsNull()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _answer = async _ =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, _stop.Token);
            return ControlAnswer.Of(0);
        };
        var question = AskAsync("status");
        await asked.Task.WaitAsync(Patience, Cancel);
        _server.Dispose();

        Assert.Null(await question);
    }

    [Fact]
    public async Task Serve_GarbageOnTheChannel_IsAnsweredAndTheNextRequestToo()
    {
        Assert.Equal(64, (await AskAsync("format"))!.Status);
        Assert.Equal(0, (await AskAsync("status"))!.Status);
    }

    [Fact]
    public async Task Serve_TheOtherEndCloses_Ends()
    {
        _channel.Dispose();

        await _serving.WaitAsync(Patience, Cancel);
    }

    /// <summary>Gives up a question before its answer.</summary>
    /// <returns>What releases the answer.</returns>
    private async Task<TaskCompletionSource> GiveUpAsync()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _answer = async request =>
        {
            asked.TrySetResult();
            await release.Task;
            return ControlAnswer.Of(0, request.Command);
        };
        using var impatient = new CancellationTokenSource();
        var first = _channel.AskAsync(ControlRequest.Of(ControlCommand.Connections), impatient.Token);
        await asked.Task.WaitAsync(Patience, Cancel);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Patience, Cancel));
        return release;
    }

    private Task<ControlAnswer?> AskAsync(string command) => _channel.AskAsync(
        new ControlRequest { Version = ControlProtocol.Version, Command = command }, CancellationToken.None).WaitAsync(Patience, Cancel);
}
