using NetSuperd.Control;
using NetSuperd.Server.Config.Files;

namespace NetSuperd.Web;

/// <summary>
/// The daemon, as this process may ask it: at the socket for questions, or where there is none, at the control socket.
/// </summary>
/// <param name="control">The control socket.</param>
internal sealed class Daemon(string control)
{
    // Questions are answered at once by a daemon that lives; a reload takes as long as the map needs.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongPatience = TimeSpan.FromSeconds(60);

    /// <summary>Where it is asked now.</summary>
    public string Path => File.Exists(ControlPath.StatusBeside(control)) ? ControlPath.StatusBeside(control) : control;

    /// <summary>Asks a question.</summary>
    /// <returns>The answer; where there is none, one that says why.</returns>
    public async Task<ControlAnswer> AskAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var patience = ControlCommand.Find(request.Command) is { TakesItsTime: true } ? LongPatience : Patience;
        limit.CancelAfter(patience);
        try
        {
            return await ControlClient.AskAsync(Path, request, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ControlAnswer.Of(ExitStatus.Unavailable, $"netsuperd: the daemon has not answered for {patience.TotalSeconds} s");
        }
    }
}
