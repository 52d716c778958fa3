using System.Runtime.InteropServices;

namespace NetSuperd.Windows.Calls;

/// <summary>
/// advapi32.dll: the service control manager (winsvc.h), for the program that it starts and for the commands that register that program.
/// </summary>
internal static unsafe partial class Advapi32
{
    public const uint SC_MANAGER_CONNECT = 0x1;
    public const uint SC_MANAGER_CREATE_SERVICE = 0x2;
    public const uint DELETE = 0x10000;
    public const uint SERVICE_QUERY_CONFIG = 0x1;
    public const uint SERVICE_CHANGE_CONFIG = 0x2;
    public const uint SERVICE_QUERY_STATUS = 0x4;
    public const uint SERVICE_START = 0x10;
    public const uint SERVICE_STOP = 0x20;

    public const uint SERVICE_WIN32_OWN_PROCESS = 0x10;
    public const uint SERVICE_AUTO_START = 2;
    public const uint SERVICE_DEMAND_START = 3;
    public const uint SERVICE_DISABLED = 4;
    public const uint SERVICE_ERROR_NORMAL = 1;

    public const uint SERVICE_STOPPED = 1;
    public const uint SERVICE_START_PENDING = 2;
    public const uint SERVICE_STOP_PENDING = 3;
    public const uint SERVICE_RUNNING = 4;
    public const uint SERVICE_CONTINUE_PENDING = 5;
    public const uint SERVICE_PAUSE_PENDING = 6;
    public const uint SERVICE_PAUSED = 7;

    public const uint SERVICE_ACCEPT_STOP = 0x1;
    public const uint SERVICE_ACCEPT_SHUTDOWN = 0x4;
    public const uint SERVICE_ACCEPT_PARAMCHANGE = 0x8;
    public const uint SERVICE_ACCEPT_PRESHUTDOWN = 0x100;

    public const uint SERVICE_CONTROL_STOP = 1;
    public const uint SERVICE_CONTROL_INTERROGATE = 4;
    public const uint SERVICE_CONTROL_SHUTDOWN = 5;
    public const uint SERVICE_CONTROL_PARAMCHANGE = 6;
    public const uint SERVICE_CONTROL_PRESHUTDOWN = 0xF;

    public const uint SERVICE_CONFIG_DESCRIPTION = 1;
    public const uint SERVICE_CONFIG_FAILURE_ACTIONS = 2;
    public const uint SERVICE_CONFIG_DELAYED_AUTO_START_INFO = 3;
    public const uint SERVICE_CONFIG_FAILURE_ACTIONS_FLAG = 4;
    public const uint SERVICE_CONFIG_SERVICE_SID_INFO = 5;
    public const uint SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO = 6;
    public const uint SERVICE_CONFIG_PRESHUTDOWN_INFO = 7;
    public const uint SERVICE_SID_TYPE_UNRESTRICTED = 1;
    public const uint SC_ACTION_RESTART = 1;
    public const uint SC_STATUS_PROCESS_INFO = 0;

    public const int NO_ERROR = 0;
    public const int ERROR_FILE_NOT_FOUND = 2;
    public const int ERROR_PATH_NOT_FOUND = 3;
    public const int ERROR_ACCESS_DENIED = 5;
    public const int ERROR_CALL_NOT_IMPLEMENTED = 120;
    public const int ERROR_INSUFFICIENT_BUFFER = 122;
    public const int ERROR_INVALID_LEVEL = 124;
    public const int ERROR_SERVICE_REQUEST_TIMEOUT = 1053;
    public const int ERROR_SERVICE_ALREADY_RUNNING = 1056;
    public const int ERROR_INVALID_SERVICE_ACCOUNT = 1057;
    public const int ERROR_SERVICE_DISABLED = 1058;
    public const int ERROR_SERVICE_DOES_NOT_EXIST = 1060;
    public const int ERROR_SERVICE_CANNOT_ACCEPT_CTRL = 1061;
    public const int ERROR_SERVICE_NOT_ACTIVE = 1062;
    public const int ERROR_FAILED_SERVICE_CONTROLLER_CONNECT = 1063;
    public const int ERROR_SERVICE_SPECIFIC_ERROR = 1066;
    public const int ERROR_PROCESS_ABORTED = 1067;
    public const int ERROR_SERVICE_LOGON_FAILED = 1069;
    public const int ERROR_SERVICE_MARKED_FOR_DELETE = 1072;
    public const int ERROR_SERVICE_EXISTS = 1073;
    public const int ERROR_DUPLICATE_SERVICE_NAME = 1078;

    /// <summary>SERVICE_STATUS.</summary>
    internal struct ServiceStatus
    {
        public uint dwServiceType;
        public uint dwCurrentState;
        public uint dwControlsAccepted;
        public uint dwWin32ExitCode;
        public uint dwServiceSpecificExitCode;
        public uint dwCheckPoint;
        public uint dwWaitHint;
    }

    /// <summary>SERVICE_STATUS_PROCESS.</summary>
    internal struct ServiceStatusProcess
    {
        public ServiceStatus Status;
        public uint dwProcessId;
        public uint dwServiceFlags;
    }

    /// <summary>SERVICE_TABLE_ENTRYW.</summary>
    internal struct ServiceTableEntry
    {
        public char* lpServiceName;
        public delegate* unmanaged<uint, char**, void> lpServiceProc;
    }

    /// <summary>QUERY_SERVICE_CONFIGW.</summary>
    internal struct QueryServiceConfig
    {
        public uint dwServiceType;
        public uint dwStartType;
        public uint dwErrorControl;
        public char* lpBinaryPathName;
        public char* lpLoadOrderGroup;
        public uint dwTagId;
        public char* lpDependencies;
        public char* lpServiceStartName;
        public char* lpDisplayName;
    }

    /// <summary>SERVICE_FAILURE_ACTIONSW.</summary>
    internal struct ServiceFailureActions
    {
        public uint dwResetPeriod;
        public char* lpRebootMsg;
        public char* lpCommand;
        public uint cActions;
        public ServiceAction* lpsaActions;
    }

    /// <summary>SC_ACTION.</summary>
    internal struct ServiceAction
    {
        public uint Type;
        public uint Delay;
    }

    [LibraryImport("advapi32", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    internal static partial nint OpenSCManagerW(string? machine, string? database, uint access);

    [LibraryImport("advapi32", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    internal static partial nint CreateServiceW(
        SafeHandle manager, string name, string displayName, uint access, uint type, uint start, uint errorControl, string binaryPath,
        string? group, nint tag, string? dependencies, string? account, string? password);

    [LibraryImport("advapi32", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    internal static partial nint OpenServiceW(SafeHandle manager, string name, uint access);

    [LibraryImport("advapi32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool CloseServiceHandle(nint handle);

    [LibraryImport("advapi32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool DeleteService(SafeHandle service);

    [LibraryImport("advapi32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool StartServiceW(SafeHandle service, uint count, char** arguments);

    [LibraryImport("advapi32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool ControlService(SafeHandle service, uint control, ServiceStatus* status);

    [LibraryImport("advapi32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool QueryServiceStatusEx(SafeHandle service, uint level, void* status, uint size, uint* needed);

    [LibraryImport("advapi32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool QueryServiceConfigW(SafeHandle service, void* config, uint size, uint* needed);

    [LibraryImport("advapi32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool QueryServiceConfig2W(SafeHandle service, uint level, void* buffer, uint size, uint* needed);

    [LibraryImport("advapi32", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool ChangeServiceConfigW(
        SafeHandle service, uint type, uint start, uint errorControl, string? binaryPath, string? group, nint tag, string? dependencies,
        string? account, string? password, string? displayName);

    [LibraryImport("advapi32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool ChangeServiceConfig2W(SafeHandle service, uint level, void* info);

    [LibraryImport("advapi32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool StartServiceCtrlDispatcherW(ServiceTableEntry* table);

    [LibraryImport("advapi32", SetLastError = true)]
    internal static partial nint RegisterServiceCtrlHandlerExW(
        char* name, delegate* unmanaged<uint, uint, void*, void*, uint> handler, void* context);

    [LibraryImport("advapi32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool SetServiceStatus(nint handle, ServiceStatus* status);
}
