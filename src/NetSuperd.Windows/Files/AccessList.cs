using System.Buffers;
using System.Security.AccessControl;
using System.Security.Principal;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Files;

/// <summary>
/// The only judgement of what an elevated daemon and one that is a service trust: a file, folder or link that only the
/// <see cref="Trustees"/> can change, by its owner and its access control list. <see cref="WindowsPath"/> asks for everything on a path.
/// </summary>
/// <remarks>
/// Overview. In a folder on the way others may add names, as every user may in <c>C:\</c> and in ProgramData: that replaces nothing, and
/// what they add is theirs, which its owner shows. They must not delete or rename what is there. In the last folder they may add folders
/// alone: a file beside a library would be loaded by it, one in the folder of a plugin with it, and a log that is rotated away could be
/// replaced by theirs; and the right to add files makes an empty folder a junction (MS-FSA 2.1.5.10.37). For the same reason they may not
/// set the attributes of a file or a link. The right to remove the root folder of a volume is none. Entries that deny are not looked at: an
/// entry that allows is a complaint all the same.
/// </remarks>
internal static class AccessList
{
    private const uint OfList = Ntdll.WRITE_DAC | Ntdll.WRITE_OWNER | Ntdll.GENERIC_ALL;
    private const uint Adds = Ntdll.FILE_WRITE_DATA | Ntdll.FILE_WRITE_ATTRIBUTES | Ntdll.GENERIC_WRITE;
    private const uint Content = OfList | Ntdll.DELETE | Adds | Ntdll.FILE_APPEND_DATA | Ntdll.FILE_WRITE_EA;
    private const uint Reads = Ntdll.FILE_READ_DATA | Ntdll.GENERIC_READ | Ntdll.GENERIC_ALL;

    // The group of the administrators, whatever language its name has.
    private const string Administrators = "*S-1-5-32-544";

    // Users, those that have logged on, and Everyone: the account of a service reads the map as one of them.
    private static readonly string[] Everyone = ["S-1-5-32-545", "S-1-5-11", "S-1-1-0"];

    private static readonly SearchValues<char> Plain = SearchValues.Create(
        @"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:\._-");

    /// <summary>Why an object is not trusted, and the command that mends it; null where it is trusted.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="descriptor">Its owner and its access control list.</param>
    /// <param name="trusted">The accounts that may change it.</param>
    public static string? Complaint(string path, FileKind kind, RawSecurityDescriptor descriptor, Trustees trusted)
    {
        if (descriptor.Owner is not { } owner || !trusted.Has(owner))
        {
            var name = descriptor.Owner is { } other ? Trustees.NameOf(other) : "no account";
            return $"{path} belongs to {name}, and another user could change it; run: " + kind switch
            {
                // The other user chose what the link leads to, whatever its owner.
                FileKind.FileLink => $"del {Quoted(path)}",
                FileKind.FolderLink => $"rmdir {Quoted(path)}",
                _ => $"icacls {Quoted(path)} /setowner {Administrators}",
            };
        }

        var changes = kind switch
        {
            FileKind.Root => OfList | Ntdll.FILE_DELETE_CHILD,
            FileKind.LastRoot => OfList | Ntdll.FILE_DELETE_CHILD | Adds,
            FileKind.Folder => OfList | Ntdll.DELETE | Ntdll.FILE_DELETE_CHILD,
            FileKind.LastFolder => OfList | Ntdll.DELETE | Ntdll.FILE_DELETE_CHILD | Adds,
            _ => Content,
        };
        var isFolder = kind is FileKind.Root or FileKind.LastRoot or FileKind.Folder or FileKind.LastFolder;
        return Find(path, descriptor, trusted, changes, "can be changed by", isFolder ? "(OI)(CI)RX" : "RX");
    }

    /// <summary>Why the content of a file is no secret, and the command that mends it; null where it is one.</summary>
    /// <inheritdoc cref="Complaint"/>
    public static string? Reader(string path, RawSecurityDescriptor descriptor, Trustees trusted) =>
        Find(path, descriptor, trusted, Reads, "can be read by", null);

    // What the command leaves to everyone, in the words of icacls; null: nothing.
    private static string? Find(string path, RawSecurityDescriptor descriptor, Trustees trusted, uint rights, string what, string? kept)
    {
        if (!descriptor.ControlFlags.HasFlag(ControlFlags.DiscretionaryAclPresent) || descriptor.DiscretionaryAcl is not { } list)
        {
            // A descriptor without a list lets everyone do everything.
            return $"{path} {what} every user, since it has no access control list; run: icacls {Quoted(path)} /reset";
        }

        foreach (var entry in list)
        {
            if (GivesTo(entry, rights) is { } account && trusted.IsStranger(account))
            {
                var remove = $"icacls {Quoted(path)} " + (kept is not null && Everyone.Contains(account.Value)
                    ? $"/grant:r \"*{account.Value}:{kept}\"" : $"/remove:g *{account.Value}");
                return $"{path} {what} {Trustees.NameOf(account)}; run: "
                    + (entry.IsInherited ? $"icacls {Quoted(path)} /inheritance:d, and then {remove}" : remove);
            }
        }

        return null;
    }

    /// <summary>The account to which an entry gives one of the rights on the object itself; null: to none.</summary>
    private static SecurityIdentifier? GivesTo(GenericAce entry, uint rights) =>
        entry is QualifiedAce { AceQualifier: AceQualifier.AccessAllowed } allowed
        && !entry.AceFlags.HasFlag(AceFlags.InheritOnly)
        && ((uint)allowed.AccessMask & rights) != 0
            ? allowed.SecurityIdentifier
            : null;

    /// <summary>A path as one word of a command line of Windows; no name has a quotation mark in it.</summary>
    private static string Quoted(string path) =>
        path.AsSpan().IndexOfAnyExcept(Plain) < 0 ? path : $"\"{path.TrimEnd('\\')}\"";
}
