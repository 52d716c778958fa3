namespace NetSuperd.Linux.Workers;

/// <summary>What a process or a connection holds of limits that are not kept here: nothing.</summary>
internal sealed class NoLease : IDisposable
{
    /// <summary>The only one.</summary>
    public static readonly NoLease Instance = new();

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
