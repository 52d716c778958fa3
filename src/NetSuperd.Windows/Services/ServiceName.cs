using System.Text.RegularExpressions;

namespace NetSuperd.Windows.Services;

/// <summary>Names of services and of their accounts.</summary>
internal static partial class ServiceName
{
    /// <summary>The name where no other is given.</summary>
    public const string Default = "netsuperd";

    /// <summary>
    /// The accounts of Windows for services (LocalService Account and the pages beside it), which have no password, by the names that
    /// administrators write.
    /// </summary>
    private static readonly Dictionary<string, string> Accounts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["LocalService"] = @"NT AUTHORITY\LocalService",
        [@"NT AUTHORITY\LocalService"] = @"NT AUTHORITY\LocalService",
        [@"NT AUTHORITY\LOCAL SERVICE"] = @"NT AUTHORITY\LocalService",
        ["NetworkService"] = @"NT AUTHORITY\NetworkService",
        [@"NT AUTHORITY\NetworkService"] = @"NT AUTHORITY\NetworkService",
        [@"NT AUTHORITY\NETWORK SERVICE"] = @"NT AUTHORITY\NetworkService",
        ["LocalSystem"] = "LocalSystem",
        ["SYSTEM"] = "LocalSystem",
        [@"NT AUTHORITY\SYSTEM"] = "LocalSystem",
    };

    /// <summary>Whether a service can have the name: it is part of paths of the registry and of the name of the account.</summary>
    public static bool IsValid(string name) => Valid().IsMatch(name);

    /// <summary>The account by the name that Windows has for it.</summary>
    /// <param name="account">The account; null: the virtual account of the service, which has no rights of its own.</param>
    /// <param name="service">The name of the service.</param>
    /// <returns>Null: the account would need a password, or is another service's.</returns>
    public static string? Account(string? account, string service)
    {
        var own = $@"NT SERVICE\{service}";
        return account is null || account.Equals(own, StringComparison.OrdinalIgnoreCase) ? own
            : Accounts.TryGetValue(account, out var known) ? known

            // A managed account of a domain: Windows knows its password.
            : account.EndsWith('$') && account.Contains('\\', StringComparison.Ordinal) ? account
            : null;
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}\z")]
    private static partial Regex Valid();
}
