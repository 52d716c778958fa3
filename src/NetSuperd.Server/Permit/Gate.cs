namespace NetSuperd.Server.Permit;

/// <summary>Decides on every accepted connection before anything runs for it.</summary>
internal sealed class Gate
{
    private volatile bool _draining;

    /// <summary>From now on nobody comes in. A connection may be accepted in the very moment in which the daemon is told to stop.</summary>
    public void Drain() => _draining = true;

    /// <summary>Judges one connection.</summary>
    public Verdict Judge() => _draining ? Verdict.Draining : Verdict.Admitted;
}
