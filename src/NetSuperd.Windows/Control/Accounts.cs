using System.Runtime.InteropServices;
using System.Security.Principal;
using Microsoft.Win32;

namespace NetSuperd.Windows.Control;

/// <summary>The accounts that operate the daemon, and those whose daemon a command believes.</summary>
internal static class Accounts
{
    private const string ServiceDomain = @"NT SERVICE\";
    private const string ServicePrefix = "S-1-5-80-";
    private const string EveryService = "S-1-5-80-0";

    /// <summary>SYSTEM.</summary>
    public static SecurityIdentifier LocalSystem { get; } = new(WellKnownSidType.LocalSystemSid, null);

    /// <summary>Administrators.</summary>
    public static SecurityIdentifier Administrators { get; } = new(WellKnownSidType.BuiltinAdministratorsSid, null);

    /// <summary>The account of this process.</summary>
    public static SecurityIdentifier Own { get; } = OfThisProcess(identity => identity.User!);

    /// <summary>
    /// Whether this process has the rights of Administrators, as an elevated administrator and SYSTEM have. The account of a service of its
    /// own has not.
    /// </summary>
    public static bool IsAdministrator { get; } = OfThisProcess(MayAdminister);

    /// <summary>The service that this process is, <c>NT SERVICE\NAME</c>, whose group is in its token; null: none.</summary>
    /// <remarks>SERVICE_SID_INFO of winsvc.h: the group may be the owner of objects.</remarks>
    public static SecurityIdentifier? OwnService { get; } = OfThisProcess(identity =>
        (identity.Groups ?? []).OfType<SecurityIdentifier>().Prepend(identity.User!).FirstOrDefault(IsService));

    /// <summary>Whether an identity has the rights of Administrators now: those of an administrator that is not elevated are off.</summary>
    public static bool MayAdminister(WindowsIdentity identity) =>
        identity.User == LocalSystem || new WindowsPrincipal(identity).IsInRole(Administrators);

    /// <summary>Whether an identity may operate the daemon of this process, as the access control list of its pipe says.</summary>
    public static bool MayOperate(WindowsIdentity identity) => MayAdminister(identity) || (!IsAdministrator && identity.User == Own);

    /// <summary>The name of an account, <c>HOST\name</c>; null: it has none, or no domain controller tells it.</summary>
    public static string? NameOf(SecurityIdentifier account)
    {
        try
        {
            return account.Translate(typeof(NTAccount)).Value;
        }
        catch (Exception unknown) when (unknown is IdentityNotMappedException or ExternalException)
        {
            return null;
        }
    }

    /// <summary>
    /// Whether an account's daemon is believed by this process: that of SYSTEM, of administrators, of its own account, and that of a
    /// service which an administrator has installed from this program. No other account can own a pipe in their name.
    /// </summary>
    public static bool IsTrusted(SecurityIdentifier owner) =>
        owner == LocalSystem || owner == Administrators || owner == Own
        || (IsService(owner) && NameOf(owner) is { } name && name.StartsWith(ServiceDomain, StringComparison.OrdinalIgnoreCase)
            && IsThisProgram(ImageOf(name[ServiceDomain.Length..])));

    /// <summary>Whether the command line of a service starts a program of this one's name.</summary>
    internal static bool IsThisProgram(string? commandLine) =>
        commandLine?.Trim() is { Length: > 0 } line
        && Path.GetFileName(line[0] == '"' ? line[1..].Split('"')[0] : line.Split(' ')[0])
            .Equals(Path.GetFileName(Environment.ProcessPath), StringComparison.OrdinalIgnoreCase);

    /// <summary>The command line of a service, which only administrators can change; null: there is no such service.</summary>
    private static string? ImageOf(string service)
    {
        using var key = Registry.LocalMachine.OpenSubKey($@"SYSTEM\CurrentControlSet\Services\{service}");
        return key?.GetValue("ImagePath") as string;
    }

    private static bool IsService(SecurityIdentifier account) =>
        account.Value.StartsWith(ServicePrefix, StringComparison.Ordinal) && account.Value != EveryService;

    private static T OfThisProcess<T>(Func<WindowsIdentity, T> read)
    {
        using var identity = WindowsIdentity.GetCurrent();
        return read(identity);
    }
}
