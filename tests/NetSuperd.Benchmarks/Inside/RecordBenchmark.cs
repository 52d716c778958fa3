using System.Net;
using System.Net.Sockets;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Benchmarks.Inside;

/// <summary>
/// The record of a connection, with the two events of it at the default level; what formats and writes them is another thread.
/// </summary>
[MemoryDiagnoser]
public class RecordBenchmark : IDisposable
{
    private readonly ConnectionTally _tally = new(new Discard(), TimeProvider.System);
    private readonly Socket _client = new(SocketType.Stream, ProtocolType.Tcp);
    private StreamSocket _server = null!;
    private ServiceUse _use = null!;

    /// <summary>Makes a connection.</summary>
    [GlobalSetup]
    public void Connect()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        listener.Listen();
        _client.Connect(listener.LocalEndPoint!);
        while ((_server = StreamListener.Accept(listener)!) is null)
        {
            // The last step of the handshake is on its way.
        }

        _use = _tally.Use("echo");
    }

    /// <summary>Opens its record, starts it and closes it.</summary>
    [Benchmark]
    public void Record()
    {
        var record = _tally.Open(_use, "TCP", _server, _client)!;
        _tally.Start(record);
        _tally.Close(record, ConnectionEnd.Closed);
    }

    /// <inheritdoc/>
    [GlobalCleanup]
    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        GC.SuppressFinalize(this);
    }

    private sealed class Discard : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
        }
    }
}
