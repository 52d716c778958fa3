namespace NetSuperd.Platform;

/// <summary>A copy of a file, of which a change of the file is no change, as long as it is not disposed.</summary>
public abstract class FileCopy : IDisposable
{
    /// <summary>The path by which this process opens it.</summary>
    public abstract string Path { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Removes it.</summary>
    protected abstract void Dispose(bool disposing);
}
