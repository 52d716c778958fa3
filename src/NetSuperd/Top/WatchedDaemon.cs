using System.Net.Sockets;
using NetSuperd.Control;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Files;

namespace NetSuperd.Top;

/// <summary>The daemon that is watched.</summary>
/// <param name="control">Its control socket.</param>
/// <param name="token">The operators' token, with which the socket for questions takes orders; null: the control socket takes them.</param>
internal sealed class WatchedDaemon(string control, string? token)
{
    /// <summary>Looks at it.</summary>
    /// <param name="wanted">The connections that are wanted; null: none.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    public async Task<Look> LookAsync(ControlRequest? wanted, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(ControlRequest.Of(ControlCommand.Status), cancellationToken);
        var listed = answer.Daemon is null || wanted is null ? null : await AskAsync(wanted, cancellationToken);
        return new Look(TimeProvider.System.GetUtcNow(), answer.Daemon, listed?.Connections, Problem(answer) ?? Problem(listed));
    }

    /// <summary>Asks it a question.</summary>
    /// <returns>The answer; where there is none, one that says why.</returns>
    public Task<ControlAnswer> AskAsync(ControlRequest request, CancellationToken cancellationToken) =>
        SendAsync(control, request, cancellationToken);

    /// <summary>Gives it an order.</summary>
    public Task<ControlAnswer> OrderAsync(ControlRequest request, CancellationToken cancellationToken) => token is null
        ? SendAsync(control, request, cancellationToken)
        : SendAsync(ControlPath.StatusBeside(control), request with { Token = token }, cancellationToken);

    /// <summary>Connects to read its events.</summary>
    /// <returns>The connection; null: it does not answer.</returns>
    public async Task<ControlClient?> ReadEventsAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var (client, _) = await ControlClient.ConnectAsync(control, request, cancellationToken);
        if (client is not null && (await client.AskAsync(request, cancellationToken)).Status != ExitStatus.Ok)
        {
            client.Dispose();
            return null;
        }

        return client;
    }

    /// <summary>Whether orders are not taken here from this user.</summary>
    public async Task<bool> IsForQuestionsAsync(CancellationToken cancellationToken)
    {
        var (client, failure) = token is null ? await ControlClient.ConnectAsync(control, cancellationToken) : default;
        client?.Dispose();
        return failure is { IsClosed: true };
    }

    private static async Task<ControlAnswer> SendAsync(string path, ControlRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await ControlClient.AskAsync(path, request, cancellationToken);
        }
        catch (Exception failure) when (failure is SocketException or CallException or IOException)
        {
            return ControlAnswer.Of(ExitStatus.Unavailable, $"netsuperd: the daemon at {path} cannot be asked: {failure.Message}");
        }
    }

    private static string? Problem(ControlAnswer? answer) =>
        answer is null or { Status: ExitStatus.Ok } ? null : string.Join(' ', answer.Messages.Select(message => message.Split('\n')[0]));
}
