namespace NetSuperd.Logging;

/// <summary>A prepared change of the log that can no longer fail. Nothing changes before <see cref="Apply"/>.</summary>
/// <param name="stream">Where the lines go from now on; null: where they go now.</param>
/// <param name="apply">Makes the change, and takes over the stream.</param>
/// <param name="made">The file that was created for it; null: the file was there.</param>
internal sealed class LogChange(Stream? stream, Action<Stream?> apply, string? made = null) : IDisposable
{
    private Action<Stream?>? _apply = apply;

    /// <summary>
    /// Makes the change: level, format, stream and masking at once, for the existing loggers. Events from before go to the old stream or to
    /// the new one, and none is lost.
    /// </summary>
    public void Apply()
    {
        _apply?.Invoke(stream);
        _apply = null;
    }

    /// <summary>Closes what was opened for a change that was not made.</summary>
    public void Dispose()
    {
        if (_apply is not null)
        {
            _apply = null;
            stream?.Dispose();
            if (made is not null)
            {
                Installation.Current.Host.Files.RemoveEmpty(made);
            }
        }
    }
}
