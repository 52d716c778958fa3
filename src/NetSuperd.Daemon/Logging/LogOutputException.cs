using NetSuperd.Platform;

namespace NetSuperd.Logging;

/// <summary>The log cannot be opened; the daemon does not start without it.</summary>
internal sealed class LogOutputException(string message, Exception innerException) : Exception(message, innerException)
{
    /// <summary>Whether a missing right is the cause.</summary>
    public bool IsPermission => InnerException is UnauthorizedAccessException or CallException { Errno: Errno.EACCES or Errno.EPERM };
}
