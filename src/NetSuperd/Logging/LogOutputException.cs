using NetSuperd.Native;

namespace NetSuperd.Logging;

/// <summary>The log cannot be opened, and without one the daemon does not start.</summary>
internal sealed class LogOutputException(string message, Exception innerException) : Exception(message, innerException)
{
    /// <summary>Whether it is a right that is missing.</summary>
    public bool IsPermission => InnerException is UnauthorizedAccessException or LibcException { Errno: Errno.EACCES or Errno.EPERM };
}
