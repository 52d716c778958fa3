using System.Text;
using Microsoft.Extensions.Hosting;
using NetSuperd.Control;

namespace NetSuperd.Web;

/// <summary>Reads the daemon's refusals, failures and changes, and passes them on. The lines stay what the daemon has sent.</summary>
/// <param name="daemon">The daemon.</param>
/// <param name="watch">Passes them to the browsers.</param>
/// <param name="time">The clock.</param>
internal sealed class LogFeed(Daemon daemon, Watch watch, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var request = ControlRequest.Of(ControlCommand.Events) with { Changes = true };
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ReadAsync(request, stoppingToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (Daemon.IsOwnTrouble(failure))
            {
                // It is tried again.
            }

            await Task.Delay(Retry, time, stoppingToken).ConfigureAwait(false);
        }
    }

    private async Task ReadAsync(ControlRequest request, CancellationToken stopping)
    {
        var (client, _) = await ControlClient.ConnectAsync(daemon.Path, stopping, isForQuestions: true).ConfigureAwait(false);
        using (client)
        {
            if (client is not null && (await client.AskAsync(request, stopping).ConfigureAwait(false)).Status == ExitStatus.Ok)
            {
                while (await client.NextAsync(stopping).ConfigureAwait(false) is { } line)
                {
                    watch.Note(Encoding.UTF8.GetString(line.Span));
                }
            }
        }
    }
}
