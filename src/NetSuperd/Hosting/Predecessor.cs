using System.Net.Sockets;
using System.Text.Json;
using NetSuperd.Control;
using NetSuperd.Native;
using NetSuperd.Server;

namespace NetSuperd.Hosting;

/// <summary>The daemon before this one, as long as it serves what began with it: it answers the same requests as this one.</summary>
internal sealed class Predecessor : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Socket _channel;
    private readonly NetworkStream _stream;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Descriptor? _process;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<ControlAnswer>? _asked;

    private Predecessor(Socket channel, NetworkStream stream, Handover handover)
    {
        (_channel, _stream, Handover) = (channel, stream, handover);
        _process = ProcessHandle.Open(handover.Pid);
        _ = ReadAsync();
    }

    /// <summary>What it says.</summary>
    public Handover Handover { get; }

    /// <summary>Completes when it has ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Reads what it says; null where it has gone already.</summary>
    public static Predecessor? Meet(Socket channel)
    {
        // It has written before this process began, so there is nothing to wait for.
        var stream = new NetworkStream(channel, ownsSocket: true) { ReadTimeout = (int)Patience.TotalMilliseconds };
        try
        {
            var line = new List<byte>();
            for (var next = stream.ReadByte(); next is not '\n'; next = stream.ReadByte())
            {
                if (next < 0 || line.Count > ControlLine.MostRequestBytes)
                {
                    return null;
                }

                line.Add((byte)next);
            }

            return JsonSerializer.Deserialize(line.ToArray(), ControlJson.Default.Handover) is { } handover
                ? new Predecessor(channel, stream, handover)
                : null;
        }
        catch (Exception gone) when (gone is IOException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Says that this process serves.</summary>
    public void SayReady() => _ = _channel.Send("ready\n"u8);

    /// <summary>Asks it; null where it has ended.</summary>
    public async Task<ControlAnswer?> AskAsync(ControlRequest request)
    {
        await _turn.WaitAsync();
        try
        {
            var asked = _asked = new TaskCompletionSource<ControlAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (Ended.IsCompleted)
            {
                return null;
            }

            await ControlLine.WriteAsync(_stream, request, ControlJson.Default.ControlRequest, CancellationToken.None);
            await Task.WhenAny(asked.Task, Ended).WaitAsync(Patience);
            return asked.Task.IsCompletedSuccessfully ? await asked.Task : null;
        }
        catch (Exception gone) when (gone is IOException or TimeoutException or ObjectDisposedException)
        {
            return null;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Stops it: it drains as this process does.</summary>
    /// <param name="now">Cuts the drain short.</param>
    public async Task StopAsync(CancellationToken now)
    {
        await AskAsync(new ControlRequest(ControlRequest.Version, "stop"));
        try
        {
            await Ended.WaitAsync(now);
        }
        catch (OperationCanceledException)
        {
            await AskAsync(new ControlRequest(ControlRequest.Version, "stop") { Now = true });
            await Ended.WaitAsync(Patience, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
        _process?.Dispose();
        _turn.Dispose();
    }

    private async Task ReadAsync()
    {
        using var rest = new MemoryStream();
        try
        {
            while (await ControlLine.ReadAsync(_stream, rest, ControlLine.MostAnswerBytes, CancellationToken.None) is { } line)
            {
                if (JsonSerializer.Deserialize(line, ControlJson.Default.ControlAnswer) is { } answer)
                {
                    _asked?.TrySetResult(answer);
                }
            }
        }
        catch (Exception gone) when (gone is IOException or InvalidDataException or JsonException)
        {
            // It has ended, or nothing it says can be understood any more.
        }

        // It is this process's parent: a service manager learns how this one ends only when that one is gone.
        if (_process is not null)
        {
            await ProcessHandle.WaitAsync(_process, CancellationToken.None);
            _process.Dispose();
        }

        _ended.TrySetResult();
        await _stream.DisposeAsync();
    }
}
