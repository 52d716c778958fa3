namespace NetSuperd.Logging;

/// <summary>The log cannot be opened, and without one the daemon does not start.</summary>
internal sealed class LogOutputException(string message, Exception innerException) : Exception(message, innerException);
