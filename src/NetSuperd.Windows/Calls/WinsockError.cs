using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Windows.Calls;

/// <summary>The error numbers of Winsock and of Windows (winsock2.h, winerror.h), as those by which the daemon knows them.</summary>
public static class WinsockError
{
    // Those of Windows that calls on sockets return, and for which SocketError has no name.
    private const int ERROR_FILE_NOT_FOUND = 2;
    private const int ERROR_PATH_NOT_FOUND = 3;
    private const int ERROR_TOO_MANY_OPEN_FILES = 4;
    private const int ERROR_ACCESS_DENIED = 5;
    private const int ERROR_INVALID_HANDLE = 6;
    private const int ERROR_NOT_ENOUGH_MEMORY = 8;
    private const int ERROR_NETNAME_DELETED = 64;
    private const int ERROR_INVALID_PARAMETER = 87;
    private const int ERROR_BAD_EXE_FORMAT = 193;
    private const int ERROR_FILENAME_EXCED_RANGE = 206;
    private const int ERROR_MORE_DATA = 234;
    private const int ERROR_DIRECTORY = 267;
    private const int ERROR_ELEVATION_REQUIRED = 740;
    private const int ERROR_OPERATION_ABORTED = 995;
    private const int ERROR_CONNECTION_REFUSED = 1225;
    private const int ERROR_CONNECTION_ABORTED = 1236;
    private const int ERROR_NO_SYSTEM_RESOURCES = 1450;
    private const int ERROR_COMMITMENT_LIMIT = 1455;

    /// <summary>Why a call of Winsock or Windows has failed; EIO for a reason that the daemon does not distinguish.</summary>
    public static Errno Errno(int error) => error switch
    {
        ERROR_FILE_NOT_FOUND or ERROR_PATH_NOT_FOUND => Platform.Errno.ENOENT,
        ERROR_TOO_MANY_OPEN_FILES => Platform.Errno.EMFILE,
        ERROR_ACCESS_DENIED or ERROR_ELEVATION_REQUIRED => Platform.Errno.EACCES,
        ERROR_BAD_EXE_FORMAT => Platform.Errno.ENOEXEC,
        ERROR_FILENAME_EXCED_RANGE => Platform.Errno.E2BIG,
        ERROR_DIRECTORY => Platform.Errno.ENOTDIR,
        ERROR_INVALID_HANDLE => Platform.Errno.EBADF,
        ERROR_NOT_ENOUGH_MEMORY or ERROR_COMMITMENT_LIMIT => Platform.Errno.ENOMEM,
        ERROR_NETNAME_DELETED => Platform.Errno.ECONNRESET,
        ERROR_INVALID_PARAMETER => Platform.Errno.EINVAL,
        ERROR_MORE_DATA => Platform.Errno.EMSGSIZE,
        ERROR_OPERATION_ABORTED or ERROR_CONNECTION_ABORTED => Platform.Errno.ECONNABORTED,
        ERROR_CONNECTION_REFUSED => Platform.Errno.ECONNREFUSED,
        ERROR_NO_SYSTEM_RESOURCES => Platform.Errno.ENOBUFS,
        _ => Errno((SocketError)error),
    };

    /// <summary>The same for the name that the runtime has for it.</summary>
    public static Errno Errno(SocketError error) => error switch
    {
        SocketError.Interrupted => Platform.Errno.EINTR,
        SocketError.AccessDenied => Platform.Errno.EACCES,
        SocketError.Fault or SocketError.InvalidArgument or SocketError.DestinationAddressRequired => Platform.Errno.EINVAL,
        SocketError.TooManyOpenSockets or SocketError.ProcessLimit => Platform.Errno.EMFILE,
        SocketError.WouldBlock => Platform.Errno.EAGAIN,
        SocketError.InProgress or SocketError.AlreadyInProgress => Platform.Errno.EINPROGRESS,
        SocketError.NotSocket => Platform.Errno.ENOTSOCK,
        SocketError.MessageSize => Platform.Errno.EMSGSIZE,
        SocketError.ProtocolType => Platform.Errno.EPROTOTYPE,
        SocketError.ProtocolOption => Platform.Errno.ENOPROTOOPT,
        SocketError.ProtocolNotSupported => Platform.Errno.EPROTONOSUPPORT,
        SocketError.SocketNotSupported => Platform.Errno.ESOCKTNOSUPPORT,
        SocketError.OperationNotSupported => Platform.Errno.EOPNOTSUPP,
        SocketError.AddressFamilyNotSupported or SocketError.ProtocolFamilyNotSupported => Platform.Errno.EAFNOSUPPORT,
        SocketError.AddressAlreadyInUse => Platform.Errno.EADDRINUSE,
        SocketError.AddressNotAvailable => Platform.Errno.EADDRNOTAVAIL,
        SocketError.NetworkDown or SocketError.SystemNotReady or SocketError.NotInitialized => Platform.Errno.ENETDOWN,
        SocketError.NetworkUnreachable => Platform.Errno.ENETUNREACH,
        SocketError.ConnectionAborted => Platform.Errno.ECONNABORTED,
        SocketError.ConnectionReset or SocketError.NetworkReset => Platform.Errno.ECONNRESET,
        SocketError.NoBufferSpaceAvailable => Platform.Errno.ENOBUFS,
        SocketError.NotConnected => Platform.Errno.ENOTCONN,
        SocketError.Shutdown or SocketError.Disconnecting => Platform.Errno.EPIPE,
        SocketError.TimedOut => Platform.Errno.ETIMEDOUT,
        SocketError.ConnectionRefused => Platform.Errno.ECONNREFUSED,
        SocketError.HostDown => Platform.Errno.EHOSTDOWN,
        SocketError.HostUnreachable => Platform.Errno.EHOSTUNREACH,
        _ => Platform.Errno.EIO,
    };

    /// <summary>
    /// Why a port could not be bound. Windows says that access is denied where another program has the port for itself
    /// (SO_EXCLUSIVEADDRUSE) and where the port is reserved; no right is missing, since every account may bind every free port.
    /// </summary>
    public static Errno OfBind(SocketError error) => error == SocketError.AccessDenied ? Platform.Errno.EADDRINUSE : Errno(error);
}
