using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary>The counters of one service, asked on the control socket itself: some tests ask often.</summary>
public sealed class Counted
{
    private readonly ServiceStatus _service;

    private Counted(DaemonStatus daemon, string service) => (Daemon, _service) = (daemon, daemon.Service(service));

    /// <summary>All that <c>status</c> says.</summary>
    public DaemonStatus Daemon { get; }

    /// <summary>Connections and children that live.</summary>
    public long Live => _service.Live;

    /// <summary>The state of the service, such as <c>serving</c>.</summary>
    public string State => _service.State;

    /// <summary>What the operator reads as the reason of the state; empty where there is none.</summary>
    public string Reason => _service.Reason ?? "";

    /// <summary>Connections that wait in the backlogs of the service.</summary>
    public long Waiting => Daemon.Waiting(_service.Name);

    /// <summary>Whether so many connections wait there, as far as the system counts them.</summary>
    public bool Waits(long count) => !TestedSystem.Current.CountsBacklogs || Waiting == count;

    /// <summary>How much of <c>daemon.max_connections</c> is used, of how much.</summary>
    public (long Used, long Most) Total => Pair(Daemon.MaxConnections!);

    /// <summary>How many ended so.</summary>
    public long Ended(string end) => _service.Ends.GetValueOrDefault(end);

    /// <summary>What became of its datagrams: <c>received</c>, <c>answered</c> and the others.</summary>
    public long Datagrams(string word) => _service.Datagrams.GetValueOrDefault(word);

    /// <summary>How many were refused, or failed, for a reason of this word.</summary>
    public long For(string reason) => _service.Reasons.GetValueOrDefault(reason);

    /// <summary>How much of a limit is used, of how much.</summary>
    public (long Used, long Most) Use(string limit) => Pair(_service.Use(limit));

    /// <summary>Asks.</summary>
    public static async Task<Counted> AskAsync(Daemon daemon, string service) => new(await daemon.StatusAsync(), service);

    /// <summary>Asks until the answer is the expected one: records are closed a moment after their clients see the end.</summary>
    public static async Task<Counted> UntilAsync(Daemon daemon, string service, Func<Counted, bool> condition, string what) =>
        new(await daemon.StatusAsync(status => condition(new Counted(status, service)), what), service);

    private static (long Used, long Most) Pair(LimitUse use) => (use.Used, use.Most);
}
