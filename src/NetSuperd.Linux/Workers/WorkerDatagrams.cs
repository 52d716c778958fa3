using System.Net;
using System.Numerics;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Workers;

/// <summary>The datagrams of a socket that a worker serves, by one map. For the thread of the socket.</summary>
/// <remarks>
/// Overview. The daemon receives, judges and answers: a worker never has the socket, with which it could send anything to any host from the
/// port of the service. It gets the admitted datagrams of a batch, and the thread waits for the answers, each of which is judged, too. What
/// else arrives meanwhile waits in the socket. The channel is the socket's own, and ends with the path or the process. The process may
/// answer only datagrams that it has not served yet; anything else ends it.
/// </remarks>
/// <param name="service">The service.</param>
/// <param name="bound">The address of the socket.</param>
internal sealed class WorkerDatagrams(WorkerService service, EndPoint bound) : IDatagramWorker
{
    private readonly DatagramMessage _message = new();
    private readonly byte[] _buffer = new byte[DatagramMessage.MostBytes];
    private WorkerRun? _run;
    private volatile MessageSocket? _channel;
    private volatile bool _isStopped;

    // A bit for each datagram that is not served yet.
    private uint _unserved;

    /// <inheritdoc/>
    public ServiceUse Use => service.Use;

    /// <inheritdoc/>
    public bool IsBuiltin => service.IsBuiltin;

    /// <inheritdoc/>
    public bool MustWait(IWaitsForRoom waiter)
    {
        if (_run is { Lost.IsCompleted: true })
        {
            Dispose();
        }

        if (_channel is null && !service.MustWait(waiter))
        {
            Open();
        }

        return _channel is null && service.MustWait(waiter);
    }

    /// <inheritdoc/>
    public void Add(DatagramBatch batch, int index, DatagramPath path)
    {
        while (!_message.TryAdd(DatagramWord.Serve, index, batch.Data(index), batch.SenderName(index), batch.LocalBytes(index)))
        {
            Exchange(path);
        }

        _unserved |= 1u << index;
    }

    /// <inheritdoc/>
    public void Exchange(DatagramPath path)
    {
        if (_message.IsEmpty)
        {
            return;
        }

        if (_channel is { } channel && IsQuiet(channel) && channel.Send(_message.Bytes))
        {
            TakeAll(channel, path);
        }

        _message.Clear();
        if (_unserved != 0)
        {
            Lose(path);
        }
    }

    /// <inheritdoc/>
    public void Stop()
    {
        _isStopped = true;
        _channel?.Shut();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _channel?.Dispose();
        (_channel, _run) = (null, null);
    }

    private void Open()
    {
        _run = service.Worker.Serving;
        _channel = _run?.OpenDatagrams(service, bound);
        if (_channel is null && _run is not null)
        {
            // It has ended, or cannot serve datagrams: the next process can.
            service.Worker.Kill(_run);
        }

        if (_isStopped)
        {
            _channel?.Shut();
        }
    }

    /// <summary>Whether the worker has said nothing since the last exchange: a late answer would be one to the wrong client.</summary>
    private bool IsQuiet(MessageSocket channel)
    {
        var received = channel.Receive(_buffer);
        if (received.Count > 0)
        {
            service.Worker.Kill(_run!);
        }

        return received.MustWait;
    }

    /// <summary>Takes the answers to the datagrams of a message, unless the channel ends before.</summary>
    private void TakeAll(MessageSocket channel, DatagramPath path)
    {
        while (_unserved != 0)
        {
            var received = channel.Receive(_buffer, WorkerRun.LongestSilence);
            if (received.MustWait)
            {
                service.Worker.KillHanging(_run!);
                return;
            }

            if (received.Count <= 0)
            {
                return;
            }

            if (!Take(_buffer.AsMemory(0, received.Count), path))
            {
                service.Worker.Kill(_run!);
                return;
            }
        }
    }

    private bool Take(ReadOnlyMemory<byte> message, DatagramPath path)
    {
        while (DatagramMessage.TryRead(ref message, out var part))
        {
            if (part.Index >= DatagramBatch.Most || (_unserved & (1u << part.Index)) == 0 || !Take(part, path))
            {
                return false;
            }
        }

        return message.IsEmpty;
    }

    private bool Take(in DatagramPart part, DatagramPath path)
    {
        switch (part.Word)
        {
            case DatagramWord.Answer when part.Data.Length <= IDatagramReply.MaxBytes:
                path.Answer(part.Index, part.Data.Span);
                return true;
            case DatagramWord.Failed or DatagramWord.Served:
                if (part.Word == DatagramWord.Failed)
                {
                    path.Fail();
                }

                _unserved &= ~(1u << part.Index);
                return true;
            default:
                return false;
        }
    }

    /// <summary>
    /// The channel has ended before all datagrams were served: the next ones get another channel, unless nothing waits any more.
    /// </summary>
    private void Lose(DatagramPath path)
    {
        for (; _unserved != 0; _unserved &= _unserved - 1)
        {
            path.Lose(BitOperations.TrailingZeroCount(_unserved));
        }

        if (!_isStopped)
        {
            Dispose();
        }
    }
}
