using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NetSuperd.Control;
using NetSuperd.Server.Tally;

namespace NetSuperd.Hosting;

/// <summary>
/// The processes that were the daemon before this one and live on with what began with them, the last one first. Each process gives all of
/// them to the one that takes its place: the daemon has a channel to every one, whichever of them ends first.
/// </summary>
internal sealed class Predecessors(IReadOnlyList<Predecessor> all) : IDisposable
{
    /// <summary>Whether this process is the first one.</summary>
    public bool IsEmpty => all.Count == 0;

    /// <summary>
    /// The descriptors that the next process gets of those that live. Between <see cref="HoldAsync"/> and <see cref="Release"/>.
    /// </summary>
    public IEnumerable<(SafeHandle Handle, string Name)> Descriptors => Alive.SelectMany(before => before.Descriptors);

    private IEnumerable<Predecessor> Alive => all.Where(before => !before.IsOver);

    /// <summary>Tells the process that has started this one, if any, what has come of it.</summary>
    /// <returns>Whether this process is the daemon; false where the predecessor keeps serving.</returns>
    public Task<bool> TellAsync(ControlAnswer outcome) => IsEmpty ? Task.FromResult(true) : all[0].TellAsync(outcome);

    /// <summary>Asks all that live, with null for the answer of one that does not answer in time.</summary>
    public async Task<IReadOnlyList<(int Pid, ControlAnswer? Answer)>> AskAsync(ControlRequest request)
    {
        var asked = Alive.ToList();
        var answers = await Task.WhenAll(asked.Select(before => before.AskAsync(request)));
        return [.. asked.Zip(answers)
            .Where(pair => pair.Second is not null || !pair.First.IsOver)
            .Select(pair => (pair.First.Pid, pair.Second))];
    }

    /// <summary>Their connections, those of the oldest process first, and whether every process has said its own.</summary>
    public async Task<(bool IsWhole, IReadOnlyList<LiveConnection> Connections)> ConnectionsAsync()
    {
        var asked = await AskAsync(ControlRequest.Of(ControlCommand.Connections));
        return (
            asked.All(before => before.Answer is not null),
            [.. asked.Reverse().SelectMany(before => before.Answer?.Connections ?? []).Select(connection => connection.ToLive())]);
    }

    /// <summary>Asks none of them anything until <see cref="Release"/>.</summary>
    public Task HoldAsync() => Task.WhenAll(all.Select(before => before.HoldAsync()));

    /// <summary>Asks them again.</summary>
    public void Release()
    {
        foreach (var before in all)
        {
            before.Release();
        }
    }

    /// <summary>Stops all of them.</summary>
    /// <param name="drain">The time that they have.</param>
    /// <param name="logger">The log.</param>
    /// <param name="now">Cuts the drain short.</param>
    public Task StopAsync(TimeSpan drain, ILogger logger, CancellationToken now) =>
        Task.WhenAll(Alive.Select(before => before.StopAsync(drain, logger, now)));

    /// <summary>Has all of them stop at once, without waiting for it.</summary>
    public void Cut()
    {
        foreach (var before in Alive)
        {
            before.Cut();
        }
    }

    /// <summary>Lets go of them: another process has them now.</summary>
    public void Dispose()
    {
        foreach (var before in all)
        {
            before.Dispose();
        }
    }
}
