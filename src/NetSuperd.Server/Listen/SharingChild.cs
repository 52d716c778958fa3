using System.Net;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>A child of this process that has sockets of the map.</summary>
/// <param name="assignment">The part of the map by which it is started.</param>
internal sealed class SharingChild(Assignment assignment) : ISocketHolder
{
    private readonly EndRequest _asked = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc/>
    public string? Definition { get; } = assignment.Definition;

    /// <inheritdoc/>
    public int StopSignal { get; } = assignment.Service.Program!.StopSignal;

    /// <inheritdoc/>
    public Task Ended => _ended.Task;

    /// <inheritdoc/>
    public bool IsEnding => _asked.IsMade;

    /// <inheritdoc/>
    public void End(TimeSpan drain) => _asked.Make(drain);

    /// <summary>Marks that no child was started.</summary>
    public void NotStarted() => _ended.TrySetResult();

    /// <summary>Runs it with the sockets.</summary>
    public async Task<ChildOutcome> RunAsync(IChildStart start, IReadOnlyList<BoundSocket> sockets, EndPoint? sender)
    {
        try
        {
            return await start.StartAsync(sockets, sender, _asked).ConfigureAwait(false);
        }
        finally
        {
            _ended.TrySetResult();
        }
    }
}
