namespace NetSuperd.Native;

/// <summary>Extended attributes of files that change what the permissions say, xattr(7). Symbolic links are followed.</summary>
public static class ExtendedAttributes
{
    /// <summary>Whether a file has an access control list, acl(5), which may give more or less than its permissions.</summary>
    public static bool HasAcl(string path) => Has(path, "system.posix_acl_access");

    /// <summary>Whether a file has capabilities of its own, capabilities(7).</summary>
    public static bool HasCapabilities(string path) => Has(path, "security.capability");

    // With no room for the value, the call answers how long that is.
    private static unsafe bool Has(string path, string name) =>
        !path.Contains('\0', StringComparison.Ordinal) && Libc.getxattr(path, name, null, 0) > 0;
}
