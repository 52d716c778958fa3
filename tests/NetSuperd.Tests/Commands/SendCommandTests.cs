using System.Net;
using System.Net.Sockets;

namespace NetSuperd.Tests.Commands;

/// <summary>The echo client of the worked example, run as a program against sockets of the test.</summary>
public sealed class SendCommandTests : IDisposable
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public SendCommandTests()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    private string Port => $"{((IPEndPoint)_listener.LocalEndPoint!).Port}";

    public void Dispose()
    {
        _listener.Dispose();
        _limit.Dispose();
    }

    [Theory]
    [InlineData("TEST")]
    [InlineData("@word")]
    [InlineData("--help")]
    [InlineData("two words, ümläut")]
    [InlineData("")]
    public async Task Send_AnyWord_ComesBack(string word)
    {
        var echo = EchoAsync(pieces: false);
        var (status, output, errors) = await RunAsync("127.0.0.1", word, Port);
        await echo;

        Assert.Equal((0, $"Received: {word}\n", ""), (status, output, errors));
    }

    [Fact]
    public async Task Send_ASplitAnswer_IsPutTogether()
    {
        var word = string.Concat(Enumerable.Range(0, 5_000).Select(i => $"{i} "));
        var echo = EchoAsync(pieces: true);
        var (status, output, _) = await RunAsync("127.0.0.1", word, Port);
        await echo;

        Assert.Equal((0, $"Received: {word}\n"), (status, output));
    }

    [Fact]
    public async Task Send_ToAName_IsLookedUp()
    {
        var echo = EchoAsync(pieces: false);
        var (status, output, _) = await RunAsync("localhost", "TEST", Port);
        await echo;

        Assert.Equal((0, "Received: TEST\n"), (status, output));
    }

    [Fact]
    public async Task Send_WithoutAListener_NamesTheCallAndTheReason() => Assert.Equal(
        (1, "", "connect() failed: Connection refused\n"), await RunAsync("127.0.0.1", "TEST", $"{FreePorts.Next()}"));

    [Fact]
    public async Task Send_AnAnswerThatEndsEarly_Fails()
    {
        var running = RunAsync("127.0.0.1", "TEST", Port);
        using (var connection = await _listener.AcceptAsync(_limit.Token))
        {
            await connection.ReceiveAsync(new byte[10], _limit.Token);
            await connection.SendAsync("TES"u8.ToArray(), _limit.Token);
        }

        var (status, output, errors) = await running;
        Assert.Equal((1, ""), (status, output));
        Assert.StartsWith("recv() failed: ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_AReset_IsAFailedReceive()
    {
        var running = RunAsync("127.0.0.1", "TEST", Port);
        using (var connection = await _listener.AcceptAsync(_limit.Token))
        {
            await connection.ReceiveAsync(new byte[10], _limit.Token);
            connection.LingerState = new LingerOption(true, 0);
        }

        Assert.Equal((1, "", "recv() failed: Connection reset by peer\n"), await running);
    }

    [Theory]
    [InlineData]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1", "TEST", "7", "more")]
    [InlineData("127.0.0.1", "TEST", "0")]
    [InlineData("127.0.0.1", "TEST", "65536")]
    [InlineData("127.0.0.1", "TEST", "no-such-service")]
    [InlineData("127.0.0.1", "TEST", "-7")]
    public async Task Send_WrongArguments_SayTheUsage(params string[] arguments)
    {
        var (status, output, errors) = await RunAsync(arguments);

        Assert.Equal((1, ""), (status, output));
        Assert.StartsWith("Usage: ", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public async Task Send_OnlyTheWordForHelp_PrintsTheUsage(string word) =>
        Assert.Equal((0, "Usage: netsuperd send <Server IP> <Echo Word> [<Echo Port>]\n", ""), await RunAsync(word));

    private async Task EchoAsync(bool pieces)
    {
        using var connection = await _listener.AcceptAsync(_limit.Token);
        connection.NoDelay = true;
        var buffer = new byte[64 * 1024];
        int count;
        while ((count = await connection.ReceiveAsync(buffer, _limit.Token)) > 0)
        {
            var step = pieces ? 1000 : count;
            for (var sent = 0; sent < count; sent += step)
            {
                await connection.SendAsync(buffer.AsMemory(sent, Math.Min(step, count - sent)), _limit.Token);
            }
        }
    }

    private static Task<(int Status, string Output, string Errors)> RunAsync(params string[] arguments) =>
        NetsuperdProcess.RunAsync(["send", .. arguments]);
}
