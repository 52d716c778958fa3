using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>The thread on which the datagrams of one service are received, handled and answered: a handler that blocks holds up no other service.</summary>
internal sealed class DatagramThread : IDisposable
{
    /// <summary>How many descriptors one takes: those of its epoll set.</summary>
    public const int Descriptors = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Epoll _epoll = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<long, (SafeHandle Socket, Action<DatagramBatch> Serve)> _sockets = [];
    private readonly HashSet<long> _called = [];
    private readonly string _service;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private TaskCompletionSource? _idle;
    private long _lastToken;
    private long _serving;
    private long _since;
    private bool _isNamed;
    private volatile bool _stop;

    /// <param name="service">The service.</param>
    /// <param name="logger">The log.</param>
    public DatagramThread(string service, ILogger logger)
    {
        (_service, _logger) = (service, logger);
        _thread = new Thread(Run) { IsBackground = true, Name = $"datagrams {service}" };
        try
        {
            _thread.Start();
        }
        catch (OutOfMemoryException)
        {
            _epoll.Dispose();
            throw;
        }
    }

    /// <summary>Calls back on the thread whenever something can be read.</summary>
    /// <returns>The number of the registration.</returns>
    /// <exception cref="LibcException">The socket cannot be watched.</exception>
    public long Add(SafeHandle socket, Action<DatagramBatch> serve)
    {
        lock (_lock)
        {
            var token = ++_lastToken;
            _epoll.Add(socket, token);
            _sockets[token] = (socket, serve);
            return token;
        }
    }

    /// <summary>Calls back once, although nothing may be there.</summary>
    public void Call(long token)
    {
        lock (_lock)
        {
            _called.Add(token);
        }

        _epoll.Wake();
    }

    /// <summary>Calls back no more, and completes when no call is under way.</summary>
    public Task RemoveAsync(long token)
    {
        lock (_lock)
        {
            if (_sockets.Remove(token, out var entry))
            {
                _epoll.Remove(entry.Socket);
            }

            return _serving != token ? Task.CompletedTask
                : (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Names a handler that blocks, once until it returns. To be called every now and then.</summary>
    public void Watch()
    {
        lock (_lock)
        {
            if (_serving != 0 && !_isNamed && Stopwatch.GetElapsedTime(_since) is var elapsed && elapsed > Patience)
            {
                _isNamed = true;
                _logger.DatagramHandlerBlocks(_service, elapsed.TotalSeconds);
            }
        }
    }

    /// <summary>Ends the thread; one whose handler does not return is left to itself.</summary>
    public void Dispose()
    {
        _stop = true;
        _epoll.Wake();
        if (_thread.Join(Patience))
        {
            _epoll.Dispose();
        }
    }

    private void Run()
    {
        using var batch = new DatagramBatch();
        var ready = new List<long>();
        while (!_stop)
        {
            _epoll.Wait(null, ready);
            lock (_lock)
            {
                foreach (var token in _called)
                {
                    if (!ready.Contains(token))
                    {
                        ready.Add(token);
                    }
                }

                _called.Clear();
            }

            foreach (var token in ready)
            {
                if (Begin(token) is { } serve)
                {
                    try
                    {
                        serve(batch);
                    }
                    finally
                    {
                        End();
                    }
                }
            }
        }
    }

    private Action<DatagramBatch>? Begin(long token)
    {
        lock (_lock)
        {
            if (!_sockets.TryGetValue(token, out var entry))
            {
                return null;
            }

            (_serving, _since, _isNamed) = (token, Stopwatch.GetTimestamp(), false);
            return entry.Serve;
        }
    }

    private void End()
    {
        lock (_lock)
        {
            _serving = 0;
            _idle?.SetResult();
            _idle = null;
        }
    }
}
