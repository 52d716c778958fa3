namespace NetSuperd.Native;

/// <summary>
/// The two groups that may write a folder by the distribution's own setup, as long as they have only the distribution's members.
/// </summary>
/// <remarks>
/// On Debian /usr/local and what is below it can belong to <c>staff</c>, a group without members; on Ubuntu /var/log belongs to
/// <c>syslog</c>, with the account of the system's logger. Without the exception a log file in /var/log and plugins in /usr/local/lib would
/// be refused on a system as it was installed. Any other member ends the exception. The files are read directly, since a name service could
/// hang: a group that is not in them is not trusted.
/// </remarks>
/// <param name="groups">The lines of /etc/group, group(5).</param>
/// <param name="accounts">The lines of /etc/passwd, passwd(5).</param>
public sealed class SystemGroups(IReadOnlyList<string> groups, IReadOnlyList<string> accounts)
{
    // SYS_GID_MAX of login.defs(5): groups above it belong to people.
    private const uint MostSystemId = 999;

    private static readonly Dictionary<string, string[]> Members = new() { ["staff"] = [], ["syslog"] = ["syslog"] };

    /// <summary>The present groups of this system.</summary>
    public static SystemGroups OfSystem => new(Lines("/etc/group"), Lines("/etc/passwd"));

    /// <summary>Whether a folder may be written by the group.</summary>
    public bool IsTrusted(uint group)
    {
        // name:password:gid:members and name:password:uid:gid:...
        var number = $"{group}";
        return group <= MostSystemId
            && groups.Select(line => line.Split(':')).FirstOrDefault(fields => fields is [_, _, var id, _] && id == number) is { } found
            && Members.TryGetValue(found[0], out var members)
            && found[3].Split(',', StringSplitOptions.RemoveEmptyEntries)
                .Concat(accounts.Select(line => line.Split(':'))
                    .Where(fields => fields is [_, _, _, var id, ..] && id == number)
                    .Select(fields => fields[0]))
                .All(members.Contains);
    }

    private static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
