using System.Text;
using NetSuperd.Control;
using NetSuperd.Server.Tests;

namespace NetSuperd.Tests.Control;

/// <summary>The users of processes that ask, on a system that counts them by names and tells them with the request.</summary>
public sealed class ControlPeerTests : IAsyncDisposable
{
    private const int Refused = 119;
    private const int Question = 137;
    private const string Request = "{\"v\":1,\"command\":\"status\"}\n";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly ControlPlace AName = new("a-name", MakesFolder: false);
    private static readonly ControlPeer Unknown = new(7, "unknown", MayOperate: true);

    private readonly RecordingLogger _log = new();
    private readonly OneClient _client = new(Unknown);
    private ControlServer? _server;

    public async ValueTask DisposeAsync()
    {
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
        _log.Dispose();
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void Peer_AtTheControlPlace_IsAnsweredIfItMayOperate(bool mayOperate, bool isAnswered) =>
        Assert.Equal(isAnswered, AName.Refusal(new ControlPeer(7, "S-1-5-21-1", mayOperate)) is null);

    [Fact]
    public void Peer_ThatTheSystemDoesNotTell_IsRefused() => Assert.NotNull(AName.Refusal(null));

    [Fact]
    public async Task Peer_ThatMayOperate_IsAnsweredAndNamedByItsUser()
    {
        var answer = await AskAsync(Unknown with { User = "S-1-5-21-1" });

        Assert.Contains("\"status\":0", answer, StringComparison.Ordinal);
        var asked = Assert.Single(_log.Of(Question));
        Assert.Equal(("S-1-5-21-1", 7), (asked["User"], asked["Pid"]));
    }

    [Fact]
    public async Task Peer_ThatTurnsOutToBeAStranger_IsRefusedBeforeAnythingIsDone()
    {
        var answer = await AskAsync(Unknown with { User = "S-1-5-7", MayOperate = false });

        Assert.StartsWith("{\"v\":1,\"status\":77,", answer, StringComparison.Ordinal);
        Assert.Equal("S-1-5-7", Assert.Single(_log.Of(Refused))["User"]);
        Assert.Empty(_log.Of(Question));
    }

    [Fact]
    public async Task Peer_ThatCannotBeIdentified_IsRefused()
    {
        var answer = await AskAsync(null);

        Assert.StartsWith("{\"v\":1,\"status\":77,", answer, StringComparison.Ordinal);
        Assert.Empty(_log.Of(Question));
    }

    private async Task<string> AskAsync(ControlPeer? known)
    {
        _client.Known = known;
        _server = ControlServer.Adopt(
            new OneListener(_client), new OperatorStandIn(_ => Task.FromResult(ControlAnswer.Of(0))), _log, TimeProvider.System);
        _server.Start();
        return await _client.Answer.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    /// <summary>A place at which one client comes.</summary>
    private sealed class OneListener(OneClient client) : ControlListener(AName)
    {
        private readonly SemaphoreSlim _signal = new(1);
        private OneClient? _next = client;

        public override bool IsInPlace => true;

        public override bool HasClient => _next is not null;

        public override void Allow(ControlPlace next) => Place = next;

        public override bool Wait()
        {
            _signal.Wait();
            return HasClient;
        }

        public override void Wake() => _signal.Release();

        public override ControlConnection? Accept()
        {
            var accepted = _next;
            _next = null;
            return accepted;
        }

        public override void Unlink()
        {
        }

        public override void Dispose()
        {
        }
    }

    /// <summary>A client that sends a request, and whose user is known from then on.</summary>
    private sealed class OneClient(ControlPeer before) : ControlConnection
    {
        private bool _hasAsked;

        public ControlPeer? Known { get; set; }

        public TaskCompletionSource<string> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override ControlPeer? Peer => _hasAsked ? Known : before;

        public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            _hasAsked = true;
            Encoding.ASCII.GetBytes(Request).CopyTo(buffer);
            return ValueTask.FromResult(Request.Length);
        }

        public override ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            Answer.SetResult(Encoding.ASCII.GetString(bytes.Span));
            return ValueTask.CompletedTask;
        }

        public override void Shut()
        {
        }

        public override void Dispose()
        {
        }
    }
}
