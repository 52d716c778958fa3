using System.Net;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>A child of this process that has sockets of the map.</summary>
/// <param name="definition">The definition by which it was started.</param>
internal sealed class SharingChild(string definition) : ISocketHolder
{
    private readonly EndRequest _asked = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc/>
    public string? Definition => definition;

    /// <inheritdoc/>
    public Task Ended => _ended.Task;

    /// <inheritdoc/>
    public bool IsEnding => _asked.IsMade;

    /// <inheritdoc/>
    public void End(TimeSpan drain) => _asked.Make(drain);

    /// <summary>Marks that no child was started.</summary>
    public void NotStarted() => _ended.TrySetResult();

    /// <summary>Runs it with the sockets.</summary>
    public async Task<ShareOutcome> RunAsync(IShare share, IReadOnlyList<BoundSocket> sockets, EndPoint? sender)
    {
        try
        {
            return await share.StartAsync(sockets, sender, _asked).ConfigureAwait(false);
        }
        finally
        {
            _ended.TrySetResult();
        }
    }
}
