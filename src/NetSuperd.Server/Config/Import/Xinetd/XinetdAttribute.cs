using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Xinetd;

/// <summary>An attribute that xinetd knows.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Count">How many values it has; null: any number.</param>
internal sealed record XinetdAttribute(string Name, int? Count)
{
    /// <summary>Whether <c>+=</c> and <c>-=</c> may be used, and the attribute may stand in several lines.</summary>
    public bool IsList { get; private init; }

    /// <summary>Whether it may stand in the defaults.</summary>
    public bool IsDefault { get; private init; }

    /// <summary>
    /// Whether it only takes something away from clients or servers: where xinetd drops a line that limits something, what was meant is
    /// set.
    /// </summary>
    public bool IsLimit { get; private init; }

    /// <summary>All of them: service_attributes and default_attributes in parse.c of xinetd.</summary>
    public static readonly IReadOnlyList<XinetdAttribute> All =
    [
        new("id", 1), new("type", null), new("flags", null), new("disable", 1) { IsLimit = true },
        new("socket_type", 1), new("protocol", 1), new("wait", 1), new("port", 1),
        new("bind", 1) { IsDefault = true }, new("v6only", 1) { IsDefault = true },
        new("user", 1), new("group", 1), new("groups", 1) { IsDefault = true }, new("umask", 1) { IsDefault = true, IsLimit = true },
        new("nice", 1) { IsLimit = true },
        new("server", 1), new("server_args", null), new("redirect", 2),
        new("env", null) { IsList = true }, new("passenv", null) { IsList = true, IsDefault = true },
        new("rlimit_as", 1) { IsLimit = true }, new("rlimit_cpu", 1) { IsLimit = true }, new("rlimit_data", 1) { IsLimit = true },
        new("rlimit_files", 1) { IsLimit = true }, new("rlimit_rss", 1) { IsLimit = true }, new("rlimit_stack", 1) { IsLimit = true },
        new("only_from", null) { IsList = true, IsDefault = true, IsLimit = true },
        new("no_access", null) { IsList = true, IsDefault = true, IsLimit = true },
        new("access_times", null) { IsLimit = true },
        new("instances", 1) { IsDefault = true, IsLimit = true }, new("per_source", 1) { IsDefault = true, IsLimit = true },
        new("cps", 2) { IsDefault = true, IsLimit = true }, new("leaky_bucket", 4) { IsDefault = true, IsLimit = true },
        new("max_load", 1) { IsDefault = true, IsLimit = true }, new("deny_time", 1) { IsLimit = true },
        new("banner", 1) { IsDefault = true }, new("banner_success", 1) { IsDefault = true }, new("banner_fail", 1) { IsDefault = true },
        new("log_type", null) { IsDefault = true },
        new("log_on_success", null) { IsList = true, IsDefault = true }, new("log_on_failure", null) { IsList = true, IsDefault = true },
        new("rpc_version", 1), new("rpc_number", 1), new("libwrap", 1), new("mdns", 1),
        new("enabled", null) { IsList = true, IsDefault = true }, new("disabled", null) { IsList = true, IsDefault = true },
    ];

    // A name with more differences is another word.
    private const int MostEdits = 2;
    private const int ShortestName = 5;

    private static readonly Dictionary<string, XinetdAttribute> ByName =
        All.ToDictionary(known => known.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The attribute of a name, in upper or lower case; null: xinetd knows none.</summary>
    public static XinetdAttribute? Named(string name) =>
        ByName.GetValueOrDefault(name.Equals("interface", StringComparison.OrdinalIgnoreCase) ? "bind" : name);

    /// <summary>The attribute that a misspelt name means; null: none is near.</summary>
    public static XinetdAttribute? Near(string name) =>
        name.Length is < ShortestName or > 40 ? null
        : All.Select(known => (Known: known, Edits: Suggestion.Distance(name.ToLowerInvariant(), known.Name)))
            .Where(pair => pair.Edits <= MostEdits).OrderBy(pair => pair.Edits).Select(pair => pair.Known).FirstOrDefault();
}
