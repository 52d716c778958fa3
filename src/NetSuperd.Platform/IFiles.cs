using Microsoft.Win32.SafeHandles;

namespace NetSuperd.Platform;

/// <summary>The files of a system, and which of them other users could change.</summary>
public interface IFiles
{
    /// <summary>Walks a path; the caller decides about the complaints and about the failure.</summary>
    /// <param name="path">The path; a relative one is relative to the working directory.</param>
    /// <param name="followLast">Whether a symbolic link as the last name is followed, or is itself the object.</param>
    /// <param name="root">
    /// The root directory of the process that uses the path, chroot(2), which is judged too; null: the daemon's.
    /// </param>
    WalkedPath Walk(string path, bool followLast = true, string? root = null);

    /// <summary>The status of a file, symbolic links followed; null where it is not there or may not be looked up.</summary>
    /// <param name="path">The path.</param>
    /// <param name="root">The root directory of the process that uses the path; null: the daemon's.</param>
    FileStatus? StatusOf(string path, string? root = null);

    /// <summary>Reads a small file of text that no other user may change.</summary>
    /// <param name="path">The path.</param>
    /// <param name="secretTo">The users that may not read it.</param>
    /// <param name="mostBytes">The most bytes that it may have.</param>
    /// <param name="problem">Why it is not used, and what to do; null: nothing is wrong.</param>
    /// <returns>The text; null after a problem.</returns>
    string? ReadPrivate(string path, Secrecy secretTo, int mostBytes, out string? problem);

    /// <summary>
    /// Opens a file for writing at its end; creates it where it is missing, with exactly the given permissions. A symbolic link is followed
    /// where only the administrator and the daemon's user could have made it.
    /// </summary>
    /// <exception cref="UntrustedPathException">Another user could change what the path leads to.</exception>
    /// <exception cref="IOException">The object there is not one that a log can be written to.</exception>
    /// <exception cref="CallException">A call failed.</exception>
    SafeFileHandle Append(string path, UnixFileMode mode);

    /// <summary>Removes a file in which nothing has been written; it stays where that is not allowed.</summary>
    void RemoveEmpty(string path);

    /// <summary>Makes a copy of a file's content.</summary>
    /// <param name="name">The name of the file.</param>
    /// <param name="content">The bytes.</param>
    /// <exception cref="CallException">The system refuses it.</exception>
    /// <exception cref="IOException">The bytes could not be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Another account could change the copy.</exception>
    FileCopy Copy(string name, ReadOnlySpan<byte> content);

    /// <summary>The names that the file of a native library may have, in the order in which they are looked for.</summary>
    /// <param name="library">The library as code names it: <c>z</c>, <c>libz</c> or <c>libz.so.1</c>.</param>
    IReadOnlyList<string> LibraryNames(string library);
}
