using NetSuperd.Server.Config.Kinds;

namespace NetSuperd.Server.Config.Keys;

/// <summary>The keys of <c>[log]</c>.</summary>
internal static class LogKeys
{
    public static readonly Key<LogSection, LogThreshold> Level = new Key<LogSection, LogThreshold>(
        "level",
        Scope.Always,
        new WordKind<LogThreshold>(
            ("debug", LogThreshold.Debug), ("info", LogThreshold.Info), ("warning", LogThreshold.Warning), ("error", LogThreshold.Error)),
        section => section.Level,
        "the lowest level that is logged").WithDefault(LogThreshold.Info);

    public static readonly Key<LogSection, LogFormat> Format = new Key<LogSection, LogFormat>(
        "format",
        Scope.Always,
        new WordKind<LogFormat>(("text", LogFormat.Text), ("json", LogFormat.Json)),
        section => section.Format,
        "the form of the log: lines of text, or one JSON object per line").WithDefault(LogFormat.Text);

    public static readonly Key<LogSection, LogTarget> Target = new Key<LogSection, LogTarget>(
        "target",
        Scope.Always,
        new WordKind<LogTarget>(
            ("stderr", LogTarget.Stderr), ("journal", LogTarget.Journal), ("syslog", LogTarget.Syslog), ("eventlog", LogTarget.EventLog),
            ("file", LogTarget.File)),
        section => section.Target,
        "where the log goes; \"journal\" and \"syslog\" are the journal of systemd and the syslog daemon of this host, with fields beside "
        + "the text in either format, and standard error while these are not there; \"eventlog\" is the event log of Windows, to which "
        + "\"stderr\" goes as well where the daemon is a service of Windows")
        .WithDefault(LogTarget.Stderr);

    public static readonly Key<LogSection, string> File = new(
        "file",
        Scope.Always,
        new PathKind(relative: true, "/var/log/netsuperd.log"),
        section => section.File,
        "the log file, for target = \"file\"; created with the mode 0640, reopened on USR1");

    public static readonly Key<LogSection, LogAddress> Address = new Key<LogSection, LogAddress>(
        "address",
        Scope.Always,
        new WordKind<LogAddress>(("full", LogAddress.Full), ("prefix", LogAddress.Prefix), ("none", LogAddress.None)),
        section => section.Address,
        "how much of a peer's address is logged").WithDefault(LogAddress.Full);

    public static readonly Key<LogSection, Limit<Rate>> LinesPerSource = new Key<LogSection, Limit<Rate>>(
        "lines_per_source",
        Scope.Always,
        new LimitKind<Rate>(new RateKind()),
        section => Limit.Of(section.LinesPerSource),
        "how many lines the connections of one source may write, two per connection; those of a network may write four times as many; "
        + "the start and end of further connections are counted instead of logged")
        .WithDefault(new Limit<Rate>(new Rate(100, TimeSpan.FromSeconds(1), 10_000)));

    public static readonly IReadOnlyList<Key<LogSection>> All = [Level, Format, Target, File, Address, LinesPerSource];
}
