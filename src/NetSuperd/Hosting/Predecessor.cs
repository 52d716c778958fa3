using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using NetSuperd.Control;
using NetSuperd.Native;
using NetSuperd.Server;

namespace NetSuperd.Hosting;

/// <summary>The daemon before this one, as long as it serves what began with it: it answers the same requests as this one.</summary>
internal sealed class Predecessor : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private const string Ready = "ready ";

    private readonly Socket _socket;
    private readonly ControlChannel _channel;

    private Predecessor(Socket socket, Handover handover)
    {
        (_socket, _channel, Handover) = (socket, new ControlChannel(socket), handover);
        Ended = WatchAsync();
    }

    /// <summary>What it says.</summary>
    public Handover Handover { get; }

    /// <summary>Completes when it has ended.</summary>
    public Task Ended { get; }

    /// <summary>Reads what it says; null where it has gone already.</summary>
    public static Predecessor? Meet(Socket channel)
    {
        // It has written before this process began, so there is nothing to wait for.
        using var stream = new NetworkStream(channel, ownsSocket: false) { ReadTimeout = (int)Patience.TotalMilliseconds };
        try
        {
            var line = new List<byte>();
            for (var next = stream.ReadByte(); next is not '\n'; next = stream.ReadByte())
            {
                if (next < 0 || line.Count > ControlProtocol.MostRequestBytes)
                {
                    return null;
                }

                line.Add((byte)next);
            }

            return JsonSerializer.Deserialize(line.ToArray(), ControlJson.Default.Handover) is { } handover
                ? new Predecessor(channel, handover)
                : null;
        }
        catch (Exception gone) when (gone is IOException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Says that this process serves.</summary>
    public void SayReady() => _ = _socket.Send(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Ready}{Environment.ProcessId}\n")));

    /// <summary>What <see cref="SayReady"/> has said at the other end: the process that serves, or null.</summary>
    public static int? ReadReady(ReadOnlySpan<byte> line) =>
        Encoding.ASCII.GetString(line) is var text && text.StartsWith(Ready, StringComparison.Ordinal)
        && int.TryParse(text.AsSpan(Ready.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;

    /// <summary>Asks it; null where it has ended, or does not answer in time.</summary>
    public async Task<ControlAnswer?> AskAsync(ControlRequest request)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            return Ended.IsCompleted ? null : await _channel.AskAsync(request, patience.Token);
        }
        catch (Exception gone) when (gone is OperationCanceledException or ObjectDisposedException)
        {
            return null;
        }
    }

    /// <summary>Stops it: it drains as this process does.</summary>
    /// <param name="now">Cuts the drain short.</param>
    public async Task StopAsync(CancellationToken now)
    {
        await AskAsync(ControlRequest.Of(ControlCommand.Stop));
        try
        {
            await Ended.WaitAsync(now);
        }
        catch (OperationCanceledException)
        {
            await AskAsync(ControlRequest.Of(ControlCommand.Stop) with { Now = true });
            await Ended.WaitAsync(Patience, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();

    /// <summary>Its end, and not only that of the channel, which it closes a moment before.</summary>
    private async Task WatchAsync()
    {
        using var process = ProcessHandle.Open(Handover.Pid);
        await (process is null ? Task.CompletedTask : process.WhenEndedAsync(CancellationToken.None));
    }
}
