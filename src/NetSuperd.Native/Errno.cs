using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>The error numbers of errno(3) that the daemon distinguishes, by their numbers on Linux for x86-64 and aarch64.</summary>
public enum Errno
{
    EPERM = 1,
    ENOENT = 2,
    ESRCH = 3,
    EINTR = 4,
    E2BIG = 7,
    ENOEXEC = 8,
    EBADF = 9,
    ECHILD = 10,
    EAGAIN = 11,
    ENOMEM = 12,
    EACCES = 13,
    EEXIST = 17,
    ENODEV = 19,
    ENOTDIR = 20,
    EINVAL = 22,
    ENFILE = 23,
    EMFILE = 24,
    ETXTBSY = 26,
    EFBIG = 27,
    ENOSPC = 28,
    EPIPE = 32,
    ERANGE = 34,
    ELOOP = 40,
    ENODATA = 61,
    EPROTO = 71,
    ENONET = 64,
    ENOTSOCK = 88,
    EMSGSIZE = 90,
    EPROTOTYPE = 91,
    ENOPROTOOPT = 92,
    EPROTONOSUPPORT = 93,
    ESOCKTNOSUPPORT = 94,
    EOPNOTSUPP = 95,
    EAFNOSUPPORT = 97,
    EADDRINUSE = 98,
    EADDRNOTAVAIL = 99,
    ENETDOWN = 100,
    ENETUNREACH = 101,
    ECONNABORTED = 103,
    ECONNRESET = 104,
    ENOBUFS = 105,
    ETOOMANYREFS = 109,
    ETIMEDOUT = 110,
    ECONNREFUSED = 111,
    EHOSTDOWN = 112,
    EHOSTUNREACH = 113,
    EINPROGRESS = 115,
}

/// <summary>The system's words for an error number.</summary>
public static class ErrnoText
{
    /// <summary>strerror(3): <c>Connection refused</c>.</summary>
    public static string Reason(this Errno errno) => Marshal.GetPInvokeErrorMessage((int)errno);

    /// <summary>
    /// The error number of a socket call. The runtime has one error for EMFILE, the limit of the process, and ENFILE, that of the system.
    /// </summary>
    public static Errno Errno(this SocketException failure) =>
        (Errno)failure.NativeErrorCode is var errno && errno is Native.Errno.EMFILE or Native.Errno.ENFILE
            ? Descriptors.HasOne() ? Native.Errno.ENFILE : Native.Errno.EMFILE
            : (Errno)failure.NativeErrorCode;
}
