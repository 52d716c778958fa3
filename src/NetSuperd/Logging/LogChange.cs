namespace NetSuperd.Logging;

/// <summary>A change of the log that can no longer fail. Without <see cref="Apply"/> it changes nothing.</summary>
/// <param name="stream">Where lines will go; null: where they go now.</param>
/// <param name="apply">Makes the change, and takes the stream.</param>
internal sealed class LogChange(Stream? stream, Action<Stream?> apply) : IDisposable
{
    private Action<Stream?>? _apply = apply;

    /// <summary>
    /// Makes the change: level, form, place and masking at once, for the loggers that there are. What was logged before goes to the old place
    /// or to the new one, and nothing is lost.
    /// </summary>
    public void Apply()
    {
        _apply?.Invoke(stream);
        _apply = null;
    }

    /// <summary>Lets go of what was opened for a change that was not made.</summary>
    public void Dispose()
    {
        if (_apply is not null)
        {
            _apply = null;
            stream?.Dispose();
        }
    }
}
