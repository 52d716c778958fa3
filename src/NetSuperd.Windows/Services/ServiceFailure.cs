using System.ComponentModel;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Services;

/// <summary>Why the service control manager has refused something, and what to do.</summary>
internal static class ServiceFailure
{
    /// <summary>What an administrator is told, and the exit status.</summary>
    public static (string Message, int Status) Of(Win32Exception failure, string name) => failure.NativeErrorCode switch
    {
        Advapi32.ERROR_ACCESS_DENIED => (NotElevated, ExitStatus.NoPermission),
        Advapi32.ERROR_SERVICE_DOES_NOT_EXIST => (
            $"there is no service '{name}'; install it first: netsuperd service install", ExitStatus.Unavailable),
        Advapi32.ERROR_SERVICE_MARKED_FOR_DELETE => (
            $"the service '{name}' is marked for deletion; close services.msc and the other programs that have it open, and try again",
            ExitStatus.System),
        Advapi32.ERROR_SERVICE_DISABLED => (
            $"the service '{name}' is disabled; enable it first: sc config {name} start= delayed-auto", ExitStatus.System),
        Advapi32.ERROR_DUPLICATE_SERVICE_NAME => (
            $"another service has the name '{name}' for people; give --name another one", ExitStatus.System),
        Advapi32.ERROR_INVALID_SERVICE_ACCOUNT => ("there is no such account; give --account another one", ExitStatus.Usage),
        Advapi32.ERROR_SERVICE_LOGON_FAILED => (
            $"the account of the service '{name}' cannot log on; it needs the right to log on as a service (secpol.msc)",
            ExitStatus.System),
        Advapi32.ERROR_FILE_NOT_FOUND or Advapi32.ERROR_PATH_NOT_FOUND => (
            $"the program of the service '{name}' is not there any more; install the service again: netsuperd service install",
            ExitStatus.System),
        Advapi32.ERROR_SERVICE_REQUEST_TIMEOUT => (
            $"the program of the service '{name}' has not connected to the service control manager; see the event log", ExitStatus.System),
        var error => ($"the service control manager refuses it for the service '{name}': {failure.Message} ({error})", ExitStatus.System),
    };

    /// <summary>Why a right is missing.</summary>
    public const string NotElevated =
        "access denied: only an administrator may do this; start the command prompt with 'Run as administrator'";
}
