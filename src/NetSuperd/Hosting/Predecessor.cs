using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using NetSuperd.Control;
using NetSuperd.Logging;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server;

namespace NetSuperd.Hosting;

/// <summary>
/// A process that was the daemon before this one and still serves its connections. It answers the same requests as this process.
/// </summary>
internal sealed class Predecessor : IPredecessor
{
    // A stopped predecessor (SIGSTOP) delays every command that long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // The predecessor itself waits until its old log file is complete before it answers.
    private static readonly TimeSpan ReopenPatience = OwnAnswers.ReopenPatience + Patience;

    // What a predecessor may take after the drain time, when it aborts handlers and kills children.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    // More than a socket buffer holds, so that no version can have written a longer line.
    private const int MostLineBytes = 1 << 20;

    private readonly Socket _socket;
    private readonly ControlChannel _channel;
    private readonly ProcessHandle _process;
    private readonly CancellationTokenSource _left = new();

    /// <summary>Makes one from the descriptors that a daemon gives its successor.</summary>
    public Predecessor(Socket channel, ProcessHandle process)
    {
        (_socket, _channel, _process, Pid) = (channel, new ControlChannel(new UnixConnection(channel)), process, process.Pid ?? 0);
        Ended = process.WhenEndedAsync(_left.Token);
    }

    /// <summary>The process.</summary>
    public int Pid { get; }

    /// <summary>Completes when it has ended.</summary>
    public Task Ended { get; }

    /// <summary>Whether it has ended or can no longer be asked.</summary>
    public bool IsOver => _left.IsCancellationRequested || Ended.IsCompleted;

    /// <summary>The descriptors that a successor gets to reach it.</summary>
    public IEnumerable<(SafeHandle Handle, string Name)> Descriptors =>
        [(_socket.SafeHandle, Inherited.ChannelName), (_process.End, Inherited.ProcessName)];

    /// <summary>
    /// Reads the handover line that it wrote for this process; null where the line is malformed. A version that knows
    /// <see cref="HandoverFile"/> puts there what is too long for a line.
    /// </summary>
    public Handover? ReadHandover()
    {
        // The line was written before this process started, so the read does not block.
        var line = new byte[MostLineBytes];
        var length = 0;
        _socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
        try
        {
            do
            {
                if (_socket.Receive(line.AsSpan(length)) is not (> 0 and var count))
                {
                    return null;
                }

                length += count;
            }
            while (line[length - 1] is not (byte)'\n' && length < line.Length);

            return JsonSerializer.Deserialize(line.AsSpan(0, length), HandoverJson.Default.Handover);
        }
        catch (Exception gone) when (gone is SocketException or JsonException)
        {
            return null;
        }
        finally
        {
            _socket.ReceiveTimeout = 0;
        }
    }

    /// <summary>Reports the outcome of the start to it.</summary>
    /// <returns>
    /// Whether this process is now the daemon: the predecessor got the report, or has ended. A predecessor that lives and has closed the
    /// channel keeps serving.
    /// </returns>
    public async Task<bool> ReportAsync(ControlAnswer outcome)
    {
        try
        {
            _ = _socket.Send(ControlProtocol.Write(outcome));
            return true;
        }
        catch (SocketException)
        {
            // The channel is closed a moment before the process has ended.
            await Ended.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return Ended.IsCompleted;
        }
    }

    /// <summary>Sends it a request; null where it has ended, or does not answer in time.</summary>
    public async Task<ControlAnswer?> AskAsync(ControlRequest request)
    {
        using var patience = new CancellationTokenSource(request.Command == ControlCommand.Reopen.Word ? ReopenPatience : Patience);
        try
        {
            return IsOver ? null : await _channel.AskAsync(request, patience.Token);
        }
        catch (Exception gone) when (gone is OperationCanceledException or ObjectDisposedException)
        {
            return null;
        }
    }

    /// <summary>
    /// Sends it no request until <see cref="Resume"/>: the answer might reach the successor, which gets the same channel.
    /// </summary>
    public async Task HoldAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _channel.HoldAsync(patience.Token);
    }

    /// <summary>Allows requests again.</summary>
    public void Resume() => _channel.Resume();

    /// <summary>Stops it: it drains as this process does, and is killed where it does not end in time.</summary>
    /// <param name="drain">Its drain time.</param>
    /// <param name="logger">The log.</param>
    /// <param name="now">Cuts the drain short.</param>
    public async Task StopAsync(TimeSpan drain, ILogger logger, CancellationToken now)
    {
        await AskToStopAsync(now: false);
        try
        {
            await Ended.WaitAsync(drain + Grace, now);
        }
        catch (OperationCanceledException)
        {
            await AskToStopAsync(now: true);
            await Ended.WaitAsync(Grace, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (TimeoutException)
        {
            // The predecessor is stopped (SIGSTOP) or hangs.
        }

        if (!Ended.IsCompleted)
        {
            logger.PredecessorKilled(Pid);
            _process.Signal(SignalName.SIGKILL);
            await Ended;
        }
    }

    /// <summary>
    /// Stops it at once, without waiting for it. The two signals differ, since two equal pending signals are merged (signal(7)).
    /// </summary>
    public void Cut()
    {
        _process.Signal(SignalName.SIGTERM);
        _process.Signal(SignalName.SIGINT);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_left.IsCancellationRequested)
        {
            return;
        }

        _left.Cancel();
        _channel.Dispose();
        _process.Dispose();
        _left.Dispose();
    }

    private async Task AskToStopAsync(bool now)
    {
        if (await AskAsync(ControlRequest.Of(ControlCommand.Stop) with { Now = now ? true : null }) is null)
        {
            _process.Signal(SignalName.SIGTERM);
        }
    }
}
