namespace NetSuperd.Platform;

/// <summary>
/// A path that was walked from its root, name by name, with everything on it judged: whether another user than the daemon's and the
/// administrator could change it.
/// </summary>
public abstract class WalkedPath : IDisposable
{
    /// <summary>The problems of the path, each with the command that mends it, from the root directory to the file.</summary>
    public abstract IReadOnlyList<string> Complaints { get; }

    /// <summary>Why the walk did not reach the last folder; null where it did.</summary>
    public abstract CallException? Failure { get; }

    /// <summary>The folder that holds the last name.</summary>
    /// <exception cref="CallException">The walk did not reach it.</exception>
    public abstract HeldFile Folder { get; }

    /// <summary>The last name.</summary>
    public abstract string Name { get; }

    /// <summary>The object with the last name; null where there is none.</summary>
    public abstract HeldFile? File { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets its folder and its file go.</summary>
    protected abstract void Dispose(bool disposing);
}
