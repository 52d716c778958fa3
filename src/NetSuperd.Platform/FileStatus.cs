namespace NetSuperd.Platform;

/// <summary>What a system says about a file.</summary>
/// <param name="Id">Tells the file from others.</param>
/// <param name="UserId">The owner.</param>
/// <param name="GroupId">The group.</param>
/// <param name="Mode">The permissions, the set-id and sticky bits.</param>
/// <param name="Type">What kind of file it is.</param>
/// <param name="Links">How many names it has.</param>
/// <param name="Size">How many bytes it has.</param>
public sealed record FileStatus(
    FileId Id, uint UserId, uint GroupId, UnixFileMode Mode, FileType Type, uint Links = 1, ulong Size = 0)
{
    /// <summary>Whether this is the same file. The system may reuse the number of a removed file, so the kind is compared too.</summary>
    public bool Is(FileStatus other) => Id == other.Id && Type == other.Type;
}
