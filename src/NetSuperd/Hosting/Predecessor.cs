using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using NetSuperd.Control;
using NetSuperd.Logging;
using NetSuperd.Native;
using NetSuperd.Server;

namespace NetSuperd.Hosting;

/// <summary>
/// A process that was the daemon before this one, as long as it serves what began with it: it answers the same requests as this one.
/// </summary>
internal sealed class Predecessor : IDisposable
{
    // One that does not run (SIGSTOP) costs every command that long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // It waits itself until its log file is written no more, and then says so.
    private static readonly TimeSpan ReopenPatience = DaemonOperator.ReopenPatience + Patience;

    // For what comes after the drain time: handlers are aborted then, and children killed.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    // More than a socket holds, so that no version has written a longer one.
    private const int MostLineBytes = 1 << 20;

    private readonly Socket _socket;
    private readonly ControlChannel _channel;
    private readonly ProcessHandle _process;
    private readonly CancellationTokenSource _left = new();

    /// <summary>Makes it of what a process gives to the one that takes its place.</summary>
    public Predecessor(Socket channel, ProcessHandle process)
    {
        (_socket, _channel, _process, Pid) = (channel, new ControlChannel(channel), process, process.Pid ?? 0);
        Ended = process.WhenEndedAsync(_left.Token);
    }

    /// <summary>The process.</summary>
    public int Pid { get; }

    /// <summary>Completes when it has ended.</summary>
    public Task Ended { get; }

    /// <summary>Whether there is nothing to ask it any more.</summary>
    public bool IsOver => _left.IsCancellationRequested || Ended.IsCompleted;

    /// <summary>The descriptors that the next process gets of it.</summary>
    public IEnumerable<(SafeHandle Handle, string Name)> Descriptors =>
        [(_socket.SafeHandle, Inherited.ChannelName), (_process.End, Inherited.ProcessName)];

    /// <summary>
    /// Reads the line that it says to the process that it has started; null where the new process does not understand it. A version that
    /// knows of <see cref="HandoverFile"/> says there what is too long for a line.
    /// </summary>
    public Handover? Meet()
    {
        // It has written before this process began, so there is nothing to wait for.
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

            return JsonSerializer.Deserialize(line.AsSpan(0, length), ControlJson.Default.Handover);
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

    /// <summary>Tells it what has come of the start.</summary>
    /// <returns>
    /// Whether this process is the daemon: it was told, or has ended without having heard it. A predecessor that lives and no longer
    /// listens here keeps serving.
    /// </returns>
    public async Task<bool> TellAsync(ControlAnswer outcome)
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

    /// <summary>Asks it; null where it has ended, or does not answer in time.</summary>
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

    /// <summary>Asks it nothing until <see cref="Release"/>: an answer might reach the process that gets the channel.</summary>
    public async Task HoldAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _channel.HoldAsync(patience.Token);
    }

    /// <summary>Asks it again.</summary>
    public void Release() => _channel.Release();

    /// <summary>Stops it: it drains as this process does, and is killed where it does not come to an end.</summary>
    /// <param name="drain">The time that it has.</param>
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
            // It is stopped itself, or hangs.
        }

        if (!Ended.IsCompleted)
        {
            logger.PredecessorKilled(Pid);
            _process.Signal(SignalName.SIGKILL);
            await Ended;
        }
    }

    /// <summary>Has it stop at once, without waiting for it: two signals that differ, since equal ones would be one (signal(7)).</summary>
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
