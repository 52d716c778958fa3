namespace NetSuperd.Server.Config.Keys;

/// <summary>The keys of the map itself: its sections, and the files that it includes or imports.</summary>
internal static class MapKeys
{
    public const string Include = "include";
    public const string Import = "import";
    public const string Daemon = "daemon";
    public const string Log = "log";
    public const string Defaults = "defaults";
    public const string Ports = "ports";
    public const string Services = "services";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All = [Include, Import, Daemon, Log, Defaults, Ports, Services];

    /// <summary>Those that stand above the first header.</summary>
    public static readonly IReadOnlyList<string> AtTop = [Include, Import];

    /// <summary>Those of an included file.</summary>
    public static readonly IReadOnlyList<string> OfDropIn = [Ports, Services];
}
