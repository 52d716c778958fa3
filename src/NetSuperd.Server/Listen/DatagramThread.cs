using System.Diagnostics;
using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>
/// An event loop on which datagrams are received, handled and answered: a handler that blocks there holds up no other loop.
/// </summary>
internal sealed class DatagramThread : ILoopWork, IDisposable
{
    /// <summary>How many descriptors a thread needs: those that its event loop waits with.</summary>
    public const int Descriptors = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _isIdle = new(0);
    private readonly Host _host;
    private readonly ILogger _logger;
    private DatagramBatch? _batch;
    private (string Service, string Handler)? _serving;
    private (Thread Thread, int Number) _thread;
    private long _since;
    private bool _isNamed;

    /// <param name="name">The name of the thread.</param>
    /// <param name="host">What the system offers.</param>
    /// <param name="logger">The log.</param>
    /// <exception cref="CallException">There is no descriptor for it.</exception>
    public DatagramThread(string name, Host host, ILogger logger)
    {
        (_host, _logger) = (host, logger);
        Loop = new EventLoop(name, host.Sockets.CreateReadiness(), failure => logger.LoopFailed(failure));
    }

    /// <summary>The loop.</summary>
    public EventLoop Loop { get; }

    /// <summary>The batch that receives datagrams; used on the loop only.</summary>
    public DatagramBatch Batch => _batch ??= _host.Sockets.CreateBatch();

    /// <summary>Marks the call of a service's handler.</summary>
    public void Begin(string service, string handler)
    {
        lock (_lock)
        {
            _thread = _thread.Thread is null ? (Thread.CurrentThread, _host.Process.CurrentThread) : _thread;
            (_serving, _since, _isNamed) = ((service, handler), Stopwatch.GetTimestamp(), false);
        }
    }

    /// <summary>Marks its return.</summary>
    public void End()
    {
        lock (_lock)
        {
            _serving = null;
        }
    }

    /// <summary>Logs the name of a handler that blocks, once until it returns. To be called regularly.</summary>
    public void Watch()
    {
        lock (_lock)
        {
            var elapsed = Stopwatch.GetElapsedTime(_since);
            if (_serving is (var service, var handler) && !_isNamed && elapsed > Patience)
            {
                _isNamed = true;
                var call = _host.Process.CallOf(_thread.Thread, _thread.Number);
                _logger.DatagramHandlerBlocks(handler, service, elapsed.TotalSeconds, call.Name);
            }
        }
    }

    /// <summary>Ends the thread; a thread whose handler does not return is abandoned.</summary>
    public void Dispose()
    {
        Loop.Post(this);
        if (_isIdle.Wait(Patience))
        {
            Loop.Dispose();
            _batch?.Dispose();
            _isIdle.Dispose();
        }
    }

    /// <summary>No handler is being called on the loop.</summary>
    public void Run() => _isIdle.Release();
}
