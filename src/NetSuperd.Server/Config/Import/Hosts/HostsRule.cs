using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Hosts;

/// <summary>A rule of hosts.allow or hosts.deny.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Daemons">The programs that it is about.</param>
/// <param name="Clients">The clients.</param>
/// <param name="Allows">Whether it lets them in.</param>
/// <param name="Findings">What a map does with its options.</param>
internal sealed record HostsRule(
    Position At, IReadOnlyList<Word> Daemons, ForeignClients Clients, bool Allows, IReadOnlyList<Finding> Findings)
{
    /// <summary>Whether it is about a program.</summary>
    /// <param name="name">The program; null: about every one.</param>
    /// <param name="isAddress">Whether the program is served on an address, for <c>daemon@address</c>.</param>
    public Certainty Match(string? name, Func<string, Certainty> isAddress)
    {
        // A EXCEPT B EXCEPT C is A without (B without C), so the last part comes first.
        var (result, part) = (Certainty.No, Certainty.No);
        for (var at = Daemons.Count - 1; at >= 0; at--)
        {
            if (Daemons[at].Text.Equals("EXCEPT", StringComparison.OrdinalIgnoreCase))
            {
                (result, part) = (Without(part, result), Certainty.No);
            }
            else
            {
                var one = Match(Daemons[at].Text, name, isAddress);
                part = one > part ? one : part;
            }
        }

        return Without(part, result);
    }

    private static Certainty Without(Certainty one, Certainty other) => other switch
    {
        Certainty.Yes => Certainty.No,
        Certainty.Maybe when one == Certainty.Yes => Certainty.Maybe,
        _ => one,
    };

    private static Certainty Match(string pattern, string? name, Func<string, Certainty> isAddress)
    {
        var at = pattern.IndexOf('@');
        var daemon = at > 0 ? pattern[..at] : pattern;
        if (!daemon.Equals("ALL", StringComparison.OrdinalIgnoreCase) && (name is null || !IsNamed(daemon, name)))
        {
            return Certainty.No;
        }

        return at > 0 ? isAddress(pattern[(at + 1)..]) : Certainty.Yes;
    }

    // string_match() of libwrap: .end, beginning., wildcards, or the whole name.
    private static bool IsNamed(string pattern, string name) => pattern switch
    {
        ['.', ..] => name.EndsWith(pattern, StringComparison.OrdinalIgnoreCase),
        [.., '.'] => name.StartsWith(pattern, StringComparison.OrdinalIgnoreCase),
        _ => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: true),
    };
}
