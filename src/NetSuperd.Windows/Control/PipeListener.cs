using NetSuperd.Control;
using NetSuperd.Platform;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Control;

/// <summary>The named pipe at which operators find the daemon.</summary>
/// <remarks>
/// Overview. A pipe has an instance for each client. One waits for the next client at all times, and another takes its place before the
/// client is served: a name of which no instance is left could be taken by another program. A client that comes meanwhile waits until the
/// other one is there (WaitNamedPipeW).
/// </remarks>
internal sealed class PipeListener : ControlListener
{
    // It is released at the end of each waiting and by Wake; a count that is too high makes one wait end early.
    private readonly SemaphoreSlim _signal = new(0);
    private PipeInstance _next;

    private PipeListener(ControlPlace place)
        : base(place) => _next = Create(isFirst: true);

    /// <inheritdoc/>
    public override bool IsInPlace => true;

    /// <inheritdoc/>
    public override bool HasClient => _next.IsOver;

    /// <summary>Makes the pipe.</summary>
    /// <returns>The pipe, or what is in the way.</returns>
    public static (ControlListener? Listener, ControlBindFailure? Failure) Open(ControlPlace place)
    {
        try
        {
            return (new PipeListener(place), null);
        }
        catch (CallException failure)
        {
            // CreateNamedPipeW, FILE_FLAG_FIRST_PIPE_INSTANCE: a name that another process has is denied.
            return (null, failure.Errno is Errno.EACCES or Errno.EADDRINUSE
                ? ControlBindFailure.Taken(place.Path, PipeDoor.ServerOf(place.Path))
                : ControlBindFailure.Of(place.Path, failure.Errno));
        }
    }

    /// <inheritdoc/>
    public override void Allow(ControlPlace next) => Place = next;

    /// <inheritdoc/>
    public override bool Wait()
    {
        if (!HasClient)
        {
            _signal.Wait();
        }

        return HasClient;
    }

    /// <inheritdoc/>
    public override void Wake() => _signal.Release();

    /// <inheritdoc/>
    public override ControlConnection? Accept()
    {
        var arrived = _next;
        _next = Create(isFirst: false);
        if (arrived.HasClient)
        {
            return new PipeConnection(arrived.Stream);
        }

        arrived.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public override void Unlink()
    {
        // The name ends with the last instance.
    }

    /// <inheritdoc/>
    public override void Dispose() => _next.Dispose();

    private PipeInstance Create(bool isFirst) =>
        PipeInstance.Create(Place.Path, isFirst, () => _signal.Release(), out var error) ?? throw new CallException(
            "CreateNamedPipeW", Place.Path, error == Kernel32.ERROR_PIPE_BUSY ? Errno.EADDRINUSE : WinsockError.Errno(error));
}
