using NetSuperd.Control;

namespace NetSuperd.Windows.Control;

/// <summary>The program for Windows answers no operator yet.</summary>
internal sealed class NoDoor : IControlDoor
{
    /// <summary>Why no operator can ask it.</summary>
    public const string Reason = "the program for Windows has no control channel yet";

    /// <inheritdoc/>
    public (ControlListener? Listener, ControlBindFailure? Failure) Open(ControlPlace place) =>
        (null, new ControlBindFailure(Reason, ControlObstacle.System));

    /// <inheritdoc/>
    public Task<(ControlConnection? Connection, ControlAnswer? Failure)> ConnectAsync(
        string path, bool isForQuestions, CancellationToken cancellationToken) =>
        Task.FromResult<(ControlConnection?, ControlAnswer?)>((null, ControlAnswer.Of(ExitStatus.Unavailable, $"netsuperd: {Reason}")));
}
