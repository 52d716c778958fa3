namespace NetSuperd.Logging;

/// <summary>The text of an exception, made on the thread that logs it.</summary>
/// <remarks>
/// An exception of a plugin may throw or block when it makes its text. That holds up the plugin, and not the log's thread.
/// </remarks>
internal sealed class ExceptionText : Exception
{
    private readonly string _text;

    public ExceptionText(Exception exception)
    {
        try
        {
            _text = exception.ToString();
        }
        catch (Exception failure)
        {
            _text = $"{exception.GetType().FullName}, whose text is unknown: its ToString() threw {failure.GetType().FullName}";
        }
    }

    /// <inheritdoc/>
    public override string ToString() => _text;
}
