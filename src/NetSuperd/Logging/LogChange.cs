using NetSuperd.Native;
using NetSuperd.Server.Config.Files;

namespace NetSuperd.Logging;

/// <summary>A change of the log that can no longer fail. Without <see cref="Apply"/> it changes nothing.</summary>
/// <param name="stream">Where lines will go; null: where they go now.</param>
/// <param name="apply">Makes the change, and takes the stream.</param>
/// <param name="made">The file that was made for it; null: there was one.</param>
internal sealed class LogChange(Stream? stream, Action<Stream?> apply, string? made = null) : IDisposable
{
    private Action<Stream?>? _apply = apply;

    /// <summary>
    /// Makes the change: level, form, place and masking at once, for the loggers that there are. What was logged before goes to the old
    /// place or to the new one, and nothing is lost.
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
            if (made is not null)
            {
                Remove(made);
            }
        }
    }

    private static void Remove(string file)
    {
        try
        {
            using var place = CheckedPath.Open(file, followLast: false);
            if (place.File?.Status is { Type: FileType.Regular, Size: 0 })
            {
                place.Folder.Remove(place.Name);
            }
        }
        catch (Exception failure) when (failure is LibcException or UntrustedPathException)
        {
            // It stays, empty as it is.
            return;
        }
    }
}
