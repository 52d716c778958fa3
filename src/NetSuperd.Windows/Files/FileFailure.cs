using NetSuperd.Platform;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Files;

/// <summary>The error numbers of Windows for files (winerror.h), as those by which the daemon knows them.</summary>
internal static class FileFailure
{
    // An HRESULT that has a number of winerror.h in its lower half (HRESULT_FROM_WIN32).
    private const int FacilityMask = unchecked((int)0xFFFF0000);
    private const int Win32Facility = unchecked((int)0x80070000);

    /// <summary>The failure of a call of ntdll.</summary>
    public static CallException OfStatus(string call, string path, int status) => Of(call, path, Ntdll.RtlNtStatusToDosError(status));

    /// <summary>The failure of any other call.</summary>
    public static CallException Of(string call, string path, int error) => new(call, path, ErrnoOf(error));

    /// <summary>The failure of a call that the runtime has made.</summary>
    public static CallException Of(string call, string path, Exception failure) =>
        new(call, path, (failure.HResult & FacilityMask) == Win32Facility ? ErrnoOf(failure.HResult & 0xFFFF) : Errno.EIO);

    private static Errno ErrnoOf(int error) => error switch
    {
        // ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND, ERROR_BAD_NETPATH, ERROR_BAD_NET_NAME.
        2 or 3 or 53 or 67 => Errno.ENOENT,

        // ERROR_TOO_MANY_OPEN_FILES.
        4 => Errno.EMFILE,

        // ERROR_ACCESS_DENIED, ERROR_PRIVILEGE_NOT_HELD.
        5 or 1314 => Errno.EACCES,

        // ERROR_INVALID_DRIVE, ERROR_NOT_READY.
        15 or 21 => Errno.ENODEV,

        // ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION, ERROR_USER_MAPPED_FILE.
        32 or 33 or 1224 => Errno.EBUSY,

        // ERROR_FILE_EXISTS, ERROR_ALREADY_EXISTS.
        80 or 183 => Errno.EEXIST,

        // ERROR_INVALID_PARAMETER, ERROR_INVALID_NAME, ERROR_BAD_PATHNAME, ERROR_FILENAME_EXCED_RANGE.
        87 or 123 or 161 or 206 => Errno.EINVAL,

        // ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL.
        39 or 112 => Errno.ENOSPC,

        // ERROR_DIRECTORY.
        267 => Errno.ENOTDIR,
        _ => Errno.EIO,
    };
}
