namespace NetSuperd.Platform;

/// <summary>What a system says about a file.</summary>
/// <param name="Device">The device that holds the file; with <paramref name="Inode"/> it tells files apart.</param>
/// <param name="Inode">The number of the file on its device.</param>
/// <param name="UserId">The owner.</param>
/// <param name="GroupId">The group.</param>
/// <param name="Mode">The permissions, the set-id and sticky bits.</param>
/// <param name="Type">What kind of file it is.</param>
/// <param name="Links">How many names it has.</param>
/// <param name="Size">How many bytes it has.</param>
public sealed record FileStatus(
    ulong Device, UInt128 Inode, uint UserId, uint GroupId, UnixFileMode Mode, FileType Type, uint Links = 1, ulong Size = 0)
{
    /// <summary>Whether this is the same file. The system may reuse the number of a removed file, so the kind is compared too.</summary>
    public bool Is(FileStatus other) => (Device, Inode, Type) == (other.Device, other.Inode, other.Type);
}
