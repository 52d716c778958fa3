using System.Security.AccessControl;
using System.Security.Principal;
using NetSuperd.Windows.Files;

namespace NetSuperd.Windows.Tests;

/// <summary>
/// What is complained of, by descriptors as texts (SDDL): SY is SYSTEM, BA the administrators, BU every user, AU every one that has logged
/// in, WD everyone, CO the owner that a new file will have, OW the rights of the owner.
/// </summary>
public sealed class AccessListTests
{
    private const string Own = "S-1-5-21-1-2-3-1001";
    private const string Other = "S-1-5-21-1-2-3-1002";
    private const string Installer = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";

    private static readonly Trustees Trusted = new(new SecurityIdentifier(Own), _ => false);

    [Theory]

    // The trusted accounts may do everything, others may read.
    [InlineData(FileKind.File, "O:BAD:(A;;FA;;;SY)(A;;FA;;;BA)(A;;FR;;;BU)")]
    [InlineData(FileKind.File, "O:SYD:P(A;;FA;;;BA)")]
    [InlineData(FileKind.File, $"O:{Installer}D:(A;;FA;;;{Installer})(A;;FRFX;;;BU)")]
    [InlineData(FileKind.File, $"O:{Own}D:(A;;FA;;;{Own})(A;;FRFX;;;WD)")]
    [InlineData(FileKind.File, "O:BAD:")]
    [InlineData(FileKind.File, $"O:{Own}D:(A;;FA;;;OW)")]
    [InlineData(FileKind.LastFolder, "O:BAD:(A;OICI;FA;;;BA)(A;OICI;FRFX;;;BU)")]

    // What is inherited by others is not yet a right on this folder.
    [InlineData(FileKind.LastFolder, "O:BAD:(A;OICI;FA;;;BA)(A;OICIIO;GA;;;CO)")]
    [InlineData(FileKind.LastFolder, "O:BAD:(A;OICI;FA;;;BA)(A;OICIIO;FA;;;AU)")]

    // C:\ of Windows 10: every user may add folders.
    [InlineData(FileKind.Folder, $"O:{Installer}D:PAI(A;;LC;;;AU)(A;OICIIO;SDGXGWGR;;;AU)(A;OICI;FA;;;BA)(A;OICI;FRFX;;;BU)")]
    [InlineData(FileKind.LastRoot, $"O:{Installer}D:PAI(A;;LC;;;AU)(A;OICIIO;SDGXGWGR;;;AU)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)")]

    // A volume of data: every user may change what has no list of its own, and no one can remove the root folder.
    [InlineData(FileKind.Root, "O:SYD:(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICI;0x1301bf;;;AU)(A;OICI;FRFX;;;BU)")]

    // ProgramData: every user may add files and folders, and owns them.
    [InlineData(FileKind.Folder, "O:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICIIO;GA;;;CO)(A;OICI;FRFX;;;BU)(A;CI;DCLCRPCR;;;BU)")]
    [InlineData(FileKind.Folder, "O:BAD:(A;;FA;;;BA)(A;;FW;;;WD)")]

    // Entries that deny, and those of audits, give nothing.
    [InlineData(FileKind.File, "O:BAD:(D;;FA;;;BU)(A;;FA;;;BA)")]
    [InlineData(FileKind.FileLink, "O:BAD:(A;;FA;;;BA)(A;;FR;;;WD)")]
    [InlineData(FileKind.FolderLink, "O:SYD:(A;;FA;;;SY)(A;;FRFX;;;BU)")]
    public void Complaint_OfWhatOnlyTheTrustedMayChange_IsNone(FileKind kind, string descriptor) =>
        Assert.Null(Complaint(kind, descriptor));

    [Theory]

    // Each right that changes a file.
    [InlineData(FileKind.File, "O:BAD:(A;;0x2;;;BU)", "/grant:r \"*S-1-5-32-545:RX\"")]
    [InlineData(FileKind.File, "O:BAD:(A;;0x4;;;BU)", "/grant:r \"*S-1-5-32-545:RX\"")]
    [InlineData(FileKind.File, "O:BAD:(A;;0x10;;;BU)", "/grant:r \"*S-1-5-32-545:RX\"")]
    [InlineData(FileKind.File, "O:BAD:(A;;0x100;;;BU)", "/grant:r \"*S-1-5-32-545:RX\"")]
    [InlineData(FileKind.File, "O:BAD:(A;;SD;;;BU)", "/grant:r \"*S-1-5-32-545:RX\"")]
    [InlineData(FileKind.File, "O:BAD:(A;;WD;;;BU)", "/grant:r \"*S-1-5-32-545:RX\"")]
    [InlineData(FileKind.File, "O:BAD:(A;;WO;;;BU)", "/grant:r \"*S-1-5-32-545:RX\"")]
    [InlineData(FileKind.File, "O:BAD:(A;;GW;;;BU)", "/grant:r \"*S-1-5-32-545:RX\"")]
    [InlineData(FileKind.File, "O:BAD:(A;;GA;;;BU)", "/grant:r \"*S-1-5-32-545:RX\"")]
    [InlineData(FileKind.File, "O:BAD:(A;;FA;;;WD)", "/grant:r \"*S-1-1-0:RX\"")]
    [InlineData(FileKind.File, $"O:BAD:(A;;FA;;;BA)(A;;FA;;;{Other})", $"/remove:g *{Other}")]
    [InlineData(FileKind.File, "O:BAD:(A;;FA;;;CO)", "/remove:g *S-1-3-0")]

    // The one that denies comes first, and yet it is a complaint.
    [InlineData(FileKind.File, "O:BAD:(D;;FA;;;BU)(A;;FA;;;BU)", "/grant:r \"*S-1-5-32-545:RX\"")]

    // An inherited entry cannot be removed before it is an own one.
    [InlineData(FileKind.File, "O:BAD:AI(A;ID;FA;;;AU)", "/inheritance:d, and then icacls C:\\a /grant:r \"*S-1-5-11:RX\"")]
    [InlineData(FileKind.LastFolder, "O:BAD:AI(A;CIID;DCLCRPCR;;;BU)",
        "/inheritance:d, and then icacls C:\\a /grant:r \"*S-1-5-32-545:(OI)(CI)RX\"")]

    // Rights on folders.
    [InlineData(FileKind.Root, "O:BAD:(A;;DT;;;BU)", "/grant:r \"*S-1-5-32-545:(OI)(CI)RX\"")]
    [InlineData(FileKind.Root, "O:BAD:(A;;WD;;;BU)", "/grant:r \"*S-1-5-32-545:(OI)(CI)RX\"")]
    [InlineData(FileKind.LastRoot, "O:BAD:(A;OICI;0x1301bf;;;AU)", "/grant:r \"*S-1-5-11:(OI)(CI)RX\"")]
    [InlineData(FileKind.Folder, "O:BAD:(A;;DT;;;BU)", "/grant:r \"*S-1-5-32-545:(OI)(CI)RX\"")]
    [InlineData(FileKind.Folder, "O:BAD:(A;;SD;;;BU)", "/grant:r \"*S-1-5-32-545:(OI)(CI)RX\"")]
    [InlineData(FileKind.Folder, "O:BAD:(A;;WD;;;BU)", "/grant:r \"*S-1-5-32-545:(OI)(CI)RX\"")]
    [InlineData(FileKind.Folder, "O:BAD:(A;;WO;;;BU)", "/grant:r \"*S-1-5-32-545:(OI)(CI)RX\"")]
    [InlineData(FileKind.Folder, "O:BAD:(A;;GA;;;BU)", "/grant:r \"*S-1-5-32-545:(OI)(CI)RX\"")]
    [InlineData(FileKind.LastFolder, "O:BAD:(A;;DC;;;BU)", "/grant:r \"*S-1-5-32-545:(OI)(CI)RX\"")]
    [InlineData(FileKind.LastFolder, "O:BAD:(A;;0x100;;;BU)", "/grant:r \"*S-1-5-32-545:(OI)(CI)RX\"")]
    [InlineData(FileKind.LastFolder, "O:BAD:(A;OICI;GW;;;BU)", "/grant:r \"*S-1-5-32-545:(OI)(CI)RX\"")]
    [InlineData(FileKind.FileLink, "O:BAD:(A;;0x100;;;AU)", "/grant:r \"*S-1-5-11:RX\"")]
    [InlineData(FileKind.FolderLink, "O:BAD:(A;;DC;;;AU)", "/grant:r \"*S-1-5-11:RX\"")]
    public void Complaint_OfWhatAnotherMayChange_NamesTheRemedy(FileKind kind, string descriptor, string remedy)
    {
        var complaint = Complaint(kind, descriptor);

        Assert.StartsWith(@"C:\a can be changed by ", complaint, StringComparison.Ordinal);
        Assert.EndsWith($@"; run: icacls C:\a {remedy}", complaint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FileKind.File, $"O:{Other}D:(A;;FR;;;BU)", @"icacls C:\a /setowner *S-1-5-32-544")]
    [InlineData(FileKind.Folder, "O:BUD:(A;;FR;;;BU)", @"icacls C:\a /setowner *S-1-5-32-544")]
    [InlineData(FileKind.LastFolder, "O:WDD:", @"icacls C:\a /setowner *S-1-5-32-544")]
    [InlineData(FileKind.FileLink, $"O:{Other}D:", @"del C:\a")]
    [InlineData(FileKind.FolderLink, $"O:{Other}D:", @"rmdir C:\a")]
    [InlineData(FileKind.File, "D:(A;;FR;;;BU)", @"icacls C:\a /setowner *S-1-5-32-544")]
    public void Complaint_OfWhatBelongsToAnother_NamesTheRemedy(FileKind kind, string descriptor, string remedy)
    {
        var complaint = Complaint(kind, descriptor);

        Assert.StartsWith(@"C:\a belongs to ", complaint, StringComparison.Ordinal);
        Assert.EndsWith($"; run: {remedy}", complaint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FileKind.File, ControlFlags.None)]
    [InlineData(FileKind.Folder, ControlFlags.None)]
    [InlineData(FileKind.File, ControlFlags.DiscretionaryAclPresent)]
    [InlineData(FileKind.FileLink, ControlFlags.DiscretionaryAclPresent)]
    public void Complaint_WithoutAList_IsThatEveryUserMay(FileKind kind, ControlFlags flags)
    {
        var descriptor = new RawSecurityDescriptor(flags, new SecurityIdentifier(Own), null, null, null);

        Assert.Equal(
            @"C:\a can be changed by every user, since it has no access control list; run: icacls C:\a /reset",
            AccessList.Complaint(@"C:\a", kind, descriptor, Trusted));
    }

    [Theory]
    [InlineData("O:BAD:(A;;FA;;;SY)(A;;FA;;;BA)", null)]
    [InlineData($"O:BAD:(A;;FA;;;{Own})", null)]
    [InlineData("O:BAD:(A;;0x20080;;;BU)", null)]
    [InlineData("O:BAD:(A;;FR;;;BU)", "/remove:g *S-1-5-32-545")]
    [InlineData("O:BAD:(A;;0x1;;;BU)", "/remove:g *S-1-5-32-545")]
    [InlineData("O:BAD:(A;;GR;;;WD)", "/remove:g *S-1-1-0")]
    [InlineData("O:BAD:(A;ID;FR;;;BU)", "/inheritance:d, and then icacls C:\\a /remove:g *S-1-5-32-545")]
    public void Reader_OfASecret_IsComplainedOf(string descriptor, string? remedy)
    {
        var complaint = AccessList.Reader(@"C:\a", new RawSecurityDescriptor(descriptor), Trusted);

        Assert.Equal(remedy is null, complaint is null);
        Assert.EndsWith(remedy ?? "", complaint ?? "", StringComparison.Ordinal);
        Assert.StartsWith(remedy is null ? "" : @"C:\a can be read by ", complaint ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(@"C:\Program Files\a", "\"C:\\Program Files\\a\"")]
    [InlineData(@"C:\", @"C:\")]
    [InlineData(@"\\server\my share\", "\"\\\\server\\my share\"")]
    [InlineData(@"C:\a&b", "\"C:\\a&b\"")]
    public void Complaint_AboutAPath_QuotesIt(string path, string quoted) => Assert.EndsWith(
        $"; run: icacls {quoted} /grant:r \"*S-1-1-0:RX\"",
        AccessList.Complaint(path, FileKind.File, new RawSecurityDescriptor("O:BAD:(A;;FA;;;WD)"), Trusted), StringComparison.Ordinal);

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void PrivateAccess_IsOfTheTrustedAlone(bool isFolder, bool readers)
    {
        var descriptor = new RawSecurityDescriptor(Trusted.PrivateAccess(isFolder, readers), 0);

        Assert.True(descriptor.ControlFlags.HasFlag(ControlFlags.DiscretionaryAclProtected));
        descriptor.Owner = new SecurityIdentifier(Own);
        Assert.Null(AccessList.Complaint(@"C:\a", isFolder ? FileKind.LastFolder : FileKind.File, descriptor, Trusted));
        Assert.Equal(readers, AccessList.Reader(@"C:\a", descriptor, Trusted) is not null);
    }

    private static string? Complaint(FileKind kind, string descriptor) =>
        AccessList.Complaint(@"C:\a", kind, new RawSecurityDescriptor(descriptor), Trusted);
}
