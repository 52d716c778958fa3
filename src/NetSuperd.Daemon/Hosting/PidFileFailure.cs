using NetSuperd.Platform;

namespace NetSuperd.Hosting;

/// <summary>Why a pid file cannot be written, in the words of every system.</summary>
internal static class PidFileFailure
{
    /// <summary>Whether the writing of a pid file may fail so.</summary>
    public static bool Is(Exception failure) => failure is CallException or IOException or UntrustedPathException;

    /// <summary>The failure as <see cref="Installation.WritePidFile"/> reports it.</summary>
    public static Exception Of(string path, Exception failure)
    {
        var reason = failure is CallException { Errno: var errno } ? errno.Reason().ToLowerInvariant() : failure.Message;
        var message = $"cannot write the pid file {path}: {reason}";
        return failure is UntrustedPathException or CallException { Errno: Errno.EACCES or Errno.EPERM }
            ? new UnauthorizedAccessException(message, failure)
            : new IOException(message, failure);
    }
}
