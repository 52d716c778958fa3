using System.Net.Sockets;
using NetSuperd.Control;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Files;

namespace NetSuperd.Web;

/// <summary>
/// The daemon, as this process may ask it: at the socket for questions, or where there is none, at the control socket.
/// </summary>
/// <remarks>
/// However many clients the page has, one question at a time reaches the daemon, its state is asked for once a second, and the others,
/// which any client can ask, come at most 20 times a second.
/// </remarks>
/// <param name="control">The control socket.</param>
/// <param name="time">The clock.</param>
internal sealed class Daemon(string control, TimeProvider time) : IDisposable
{
    // Questions are answered at once by a daemon that lives; a reload takes as long as the map needs.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongPatience = TimeSpan.FromSeconds(60);

    // A little less than the pause between two looks, so that each look is a new one.
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(900);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly SemaphoreSlim _asking = new(1);
    private readonly Dictionary<ControlCommand, (ControlAnswer Answer, long At)> _recent = [];
    private long? _asked;

    /// <summary>Where it is asked now.</summary>
    public string Path => File.Exists(ControlPath.StatusBeside(control)) ? ControlPath.StatusBeside(control) : control;

    /// <summary>Whether asking failed for want of something in this process, such as a descriptor.</summary>
    public static bool IsOwnTrouble(Exception failure) => failure is SocketException or CallException or IOException;

    /// <summary>Its state: a question without arguments, whose answer serves all that ask within a second.</summary>
    public async Task<ControlAnswer> LookAsync(ControlCommand question, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_recent.TryGetValue(question, out var recent) || time.GetElapsedTime(recent.At) > Fresh)
            {
                // The answer is for all that wait: a client that leaves does not end the question.
                recent = (await SendAsync(ControlRequest.Of(question), CancellationToken.None).ConfigureAwait(false), time.GetTimestamp());
                _recent[question] = recent;
            }

            return recent.Answer;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Asks a question, or gives an order.</summary>
    /// <returns>The answer; where there is none, one that says why.</returns>
    public async Task<ControlAnswer> AskAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        if (ControlCommand.Find(request.Command) is not { IsQuestion: true })
        {
            return await SendAsync(request, cancellationToken).ConfigureAwait(false);
        }

        await _asking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var rest = _asked is { } before ? Pause - time.GetElapsedTime(before) : TimeSpan.Zero;
            await Task.Delay(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, time, cancellationToken).ConfigureAwait(false);
            return await AskInTurnAsync(request, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _asked = time.GetTimestamp();
            _asking.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _turn.Dispose();
        _asking.Dispose();
    }

    private async Task<ControlAnswer> AskInTurnAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<ControlAnswer> SendAsync(ControlRequest request, CancellationToken cancellationToken)
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
        catch (Exception failure) when (IsOwnTrouble(failure))
        {
            return ControlAnswer.Of(ExitStatus.Unavailable, $"netsuperd: the daemon cannot be asked: {failure.Message}");
        }
    }
}
