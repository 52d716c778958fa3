namespace NetSuperd.Platform;

/// <summary>The end of a process.</summary>
public interface IProcessEnd : IDisposable
{
    /// <summary>Completes when the process has ended.</summary>
    /// <param name="stopping">Ends the waiting.</param>
    Task WhenEndedAsync(CancellationToken stopping);
}
