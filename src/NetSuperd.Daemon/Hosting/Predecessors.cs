using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NetSuperd.Control;
using NetSuperd.Server.Tally;

namespace NetSuperd.Hosting;

/// <summary>
/// The processes that were the daemon before this one and still serve their connections, the latest first. Each daemon hands all of them to
/// its successor, so the present daemon has a channel to every one, whichever of them ends first.
/// </summary>
internal sealed class Predecessors(IReadOnlyList<IPredecessor> all) : IDisposable
{
    // Between two looks at children that have been asked to end.
    private static readonly TimeSpan EndInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Whether there is no predecessor.</summary>
    public bool IsEmpty => all.Count == 0;

    /// <summary>
    /// The descriptors that a successor gets to reach those that live. Only between <see cref="HoldAsync"/> and <see cref="Resume"/>.
    /// </summary>
    public IEnumerable<(SafeHandle Handle, string Name)> Descriptors => Alive.SelectMany(before => before.Descriptors);

    private IEnumerable<IPredecessor> Alive => all.Where(before => !before.IsOver);

    /// <summary>Reports the outcome of the start to the process that has started this one, if it was a daemon.</summary>
    /// <returns>Whether this process is the daemon; false where the predecessor keeps serving.</returns>
    public Task<bool> ReportAsync(ControlAnswer outcome) => IsEmpty ? Task.FromResult(true) : all[0].ReportAsync(outcome);

    /// <summary>Sends all that live a request; an answer is null where it does not come in time.</summary>
    public async Task<IReadOnlyList<(int Pid, ControlAnswer? Answer)>> AskAsync(ControlRequest request)
    {
        var asked = Alive.ToList();
        var answers = await Task.WhenAll(asked.Select(before => before.AskAsync(request)));
        return [.. asked.Zip(answers)
            .Where(pair => pair.Second is not null || !pair.First.IsOver)
            .Select(pair => (pair.First.Pid, pair.Second))];
    }

    /// <summary>Stops a service there, and waits until its children have ended.</summary>
    /// <param name="service">The service.</param>
    /// <param name="now">Whether they have no drain time.</param>
    public async Task StopServiceAsync(string service, bool now)
    {
        await AskAsync(ControlRequest.Of(ControlCommand.Stop) with { Service = service, Now = now ? true : null });
        while ((await AskAsync(ControlRequest.Of(ControlCommand.Connections))).SelectMany(before => before.Answer?.Connections ?? [])
            .Any(connection => connection.Service == service && connection.Pid is not null))
        {
            await Task.Delay(EndInterval);
        }
    }

    /// <summary>Their connections, those of the oldest process first, and whether every process has answered.</summary>
    public async Task<(bool IsWhole, IReadOnlyList<LiveConnection> Connections)> ConnectionsAsync()
    {
        var asked = await AskAsync(ControlRequest.Of(ControlCommand.Connections));
        return (
            asked.All(before => before.Answer is not null),
            [.. asked.Reverse().SelectMany(before => before.Answer?.Connections ?? []).Select(connection => connection.ToLive())]);
    }

    /// <summary>Sends none of them a request until <see cref="Resume"/>.</summary>
    public Task HoldAsync() => Task.WhenAll(all.Select(before => before.HoldAsync()));

    /// <summary>Allows requests again.</summary>
    public void Resume()
    {
        foreach (var before in all)
        {
            before.Resume();
        }
    }

    /// <summary>Stops all of them.</summary>
    /// <param name="drain">Their drain time.</param>
    /// <param name="logger">The log.</param>
    /// <param name="now">Cuts the drain short.</param>
    public Task StopAsync(TimeSpan drain, ILogger logger, CancellationToken now) =>
        Task.WhenAll(Alive.Select(before => before.StopAsync(drain, logger, now)));

    /// <summary>Stops all of them at once, without waiting.</summary>
    public void Cut()
    {
        foreach (var before in Alive)
        {
            before.Cut();
        }
    }

    /// <summary>Closes the descriptors: the successor has its own copies.</summary>
    public void Dispose()
    {
        foreach (var before in all)
        {
            before.Dispose();
        }
    }
}
