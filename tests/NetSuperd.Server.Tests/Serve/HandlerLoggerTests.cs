using Microsoft.Extensions.Logging;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Serve;

public sealed class HandlerLoggerTests : IDisposable
{
    private readonly RecordingLogger _log = new();
    private readonly ConnectionTally _tally;

    public HandlerLoggerTests() => _tally = new ConnectionTally(_log, TimeProvider.System);

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Log_InTheCallOfAConnection_HasServiceAndConnection()
    {
        var logger = new HandlerLogger(_log, "greet");
        using var one = await SocketPair.TcpAsync();
        using var two = await SocketPair.TcpAsync();
        await Task.WhenAll(ServeAsync(one), ServeAsync(two));
        logger.Log(LogLevel.Information, default, "outside", null, static (text, _) => text);
        new HandlerLogger(_log, "other").Log(LogLevel.Information, default, "other", null, static (text, _) => text);

        Assert.Equal(6, _log.Events.Count);
        Assert.All(_log.Events.Where(logged => (string)logged["Text"]! is "before" or "after"), logged => Assert.Equal("greet", logged["Service"]));
        Assert.Equal([1L, 1L, 2L, 2L], _log.Events.Where(logged => logged.Values.ContainsKey("ConnectionId")).Select(logged => (long)logged["ConnectionId"]!).Order());
        Assert.Equal(["greet", "other"], _log.Events.Where(logged => !logged.Values.ContainsKey("ConnectionId")).Select(logged => logged["Service"]));

        async Task ServeAsync(SocketPair pair)
        {
            HandlerLogger.Enter(_tally.Open("greet", pair.Server));
            logger.Log(LogLevel.Information, default, "before", null, static (text, _) => text);
            await Task.Yield();
            logger.Log(LogLevel.Information, default, "after", null, static (text, _) => text);
        }
    }
}
