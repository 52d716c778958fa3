using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>Why a call of <see cref="Socket"/> has failed.</summary>
public static class SocketFailure
{
    /// <summary>
    /// The error number of a socket call. The runtime has one error for EMFILE, the limit of the process, and ENFILE, that of the system.
    /// </summary>
    public static Errno Errno(this SocketException failure) =>
        (Errno)failure.NativeErrorCode is var errno && errno is Platform.Errno.EMFILE or Platform.Errno.ENFILE
            ? Descriptors.HasOne() ? Platform.Errno.ENFILE : Platform.Errno.EMFILE
            : (Errno)failure.NativeErrorCode;
}
