using System.Net;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>A child of this process that has sockets of the map.</summary>
/// <param name="assignment">The part of the map by which it is started.</param>
internal sealed class SharingChild(Assignment assignment) : ISocketHolder
{
    private readonly EndRequest _asked = new();
    private volatile IChildStart? _start;
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
    public IReadOnlySet<int> Leaders => Record?.Pid is { } pid ? new HashSet<int> { pid } : [];

    /// <inheritdoc/>
    public Task Asked => Task.WhenAny(_asked.Delivered, Ended);

    /// <inheritdoc/>
    public void End(TimeSpan drain) => _asked.Make(drain);

    /// <summary>Marks that no child was started.</summary>
    public void NotStarted() => _ended.TrySetResult();

    /// <summary>Its record; null before it is started.</summary>
    public ConnectionRecord? Record => _start?.Record;

    /// <summary>Runs it with the sockets.</summary>
    /// <inheritdoc cref="IChildStart.StartAsync"/>
    public async Task<ChildOutcome> RunAsync(IChildStart start, IReadOnlyList<BoundSocket> sockets, EndPoint? sender, bool isWoken)
    {
        _start = start;
        try
        {
            return await start.StartAsync(sockets, sender, isWoken, _asked).ConfigureAwait(false);
        }
        finally
        {
            _ended.TrySetResult();
        }
    }
}
