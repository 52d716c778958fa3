using System.Security.AccessControl;
using System.Security.Principal;
using NetSuperd.Windows.Control;

namespace NetSuperd.Windows.Files;

/// <summary>
/// The accounts that may change what the daemon uses: SYSTEM, the administrators, the installer of Windows, and the daemon's own.
/// </summary>
/// <param name="own">The daemon's own account.</param>
/// <param name="others">
/// Whether another account is one of them, such as the service that an administrator has installed from this program: its log is not a
/// stranger's.
/// </param>
internal sealed class Trustees(SecurityIdentifier own, Func<SecurityIdentifier, bool> others)
{
    private const string System = "S-1-5-18";
    private const string Administrators = "S-1-5-32-544";
    private const string TrustedInstaller = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";

    // It stands in entries that say what the owner may do, and the owner is judged by itself.
    private const string OwnerRights = "S-1-3-4";

    /// <summary>Those of this process.</summary>
    public static Trustees OfProcess { get; } = new(
        Accounts.Own, account => account == Accounts.OwnService || Accounts.IsTrusted(account));

    /// <summary>The access to a new file or folder that only they may use: it inherits nothing from the folder above.</summary>
    /// <param name="isFolder">Whether it is a folder, and what is made in it has the same.</param>
    /// <param name="readers">Whether every user may read it.</param>
    public byte[] PrivateAccess(bool isFolder, bool readers)
    {
        var flags = isFolder ? "OICI" : "";
        var full = new[] { System, Administrators, own.Value }.Distinct();
        var text = $"D:P{string.Concat(full.Select(account => $"(A;{flags};FA;;;{account})"))}{(readers ? $"(A;{flags};FR;;;BU)" : "")}";
        var descriptor = new RawSecurityDescriptor(text);
        var bytes = new byte[descriptor.BinaryLength];
        descriptor.GetBinaryForm(bytes, 0);
        return bytes;
    }

    /// <summary>Whether an account is one of them.</summary>
    public bool Has(SecurityIdentifier account) =>
        account == own || account.Value is System or Administrators or TrustedInstaller || others(account);

    /// <summary>Whether an entry for an account gives a right to another one.</summary>
    public bool IsStranger(SecurityIdentifier account) => !Has(account) && account.Value != OwnerRights;

    /// <summary>The name of an account; its number where the system has none for it.</summary>
    public static string NameOf(SecurityIdentifier account) => Accounts.NameOf(account) ?? account.Value;
}
