namespace NetSuperd.Server.Permit.Order;

/// <summary>The counts of the gates for the connections of a service, or for its datagrams. Under its lock.</summary>
/// <param name="gates">The lock.</param>
/// <param name="total">The connections of the daemon.</param>
/// <param name="time">The clock.</param>
internal sealed class GateState(Lock gates, ConnectionCount total, TimeProvider time)
{
    private SourceTable? _sources;
    private SourceTable? _budgets;

    /// <summary>The lock.</summary>
    public Lock Lock => gates;

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>The connections of the daemon.</summary>
    public ConnectionCount Total => total;

    /// <summary>The connections of the service.</summary>
    public ConnectionCount Connections { get; } = new(gates);

    /// <summary>The tokens of <c>rate</c>.</summary>
    public SharedBucket Bucket { get; } = new(time);

    /// <summary>The counts of each source; created on demand.</summary>
    public SourceTable Sources => _sources ??= new SourceTable();

    /// <summary>Whether any source has anything.</summary>
    public bool HasSources => _sources is not null;

    /// <summary>The bytes of answers that each source has left; created on demand.</summary>
    public SourceTable Budgets => _budgets ??= new SourceTable();

    /// <summary>The counts for datagrams, which have a lock of their own and no connections.</summary>
    public static GateState OfDatagrams(TimeProvider time)
    {
        var gates = new Lock();
        return new GateState(gates, new ConnectionCount(gates), time);
    }

    /// <summary>Applies other terms: no bucket takes longer to fill than they allow. Under the lock.</summary>
    public void Apply(Terms terms)
    {
        var now = time.GetTimestamp();
        if (terms.Pace is { } pace)
        {
            Bucket.Apply(pace, now);
        }

        if (terms.SourcePace is { } ofSource)
        {
            _sources?.Apply(ofSource, now);
        }

        if (terms.Budget is { } budget)
        {
            _budgets?.Apply(budget, now);
        }
    }
}
