using Microsoft.Win32.SafeHandles;

namespace NetSuperd.Platform;

/// <summary>One object of the file system, which is held: another process cannot put another one in its place.</summary>
public abstract class HeldFile : IDisposable
{
    /// <summary>The path by which it was found, without symbolic links.</summary>
    public abstract string Path { get; }

    /// <summary>The status when it was found.</summary>
    public abstract FileStatus Status { get; }

    /// <summary>Opens this file for reading.</summary>
    /// <exception cref="CallException">The system refuses it.</exception>
    public abstract SafeFileHandle OpenToRead();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets it go.</summary>
    protected abstract void Dispose(bool disposing);
}
