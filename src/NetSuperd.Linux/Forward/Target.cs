using System.Net;
using System.Net.Sockets;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Forward;

/// <summary>A target of a forward with its addresses. It is used on the loop alone.</summary>
/// <remarks>
/// A name is looked up when a client comes, and again for the first client after <see cref="Fresh"/>. That client waits for a moment, and
/// gets the known addresses then, as the others do at once: a resolver that is slow or silent must not hold up a service that has worked a
/// minute ago.
/// </remarks>
internal sealed class Target
{
    /// <summary>How long the addresses of a name hold: the system does not tell how long they would.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);

    // How long a client waits for a resolver while addresses are known.
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    private readonly ForwardPlan _plan;
    private readonly ForwardParts _parts;
    private readonly DnsEndPoint? _name;
    private IReadOnlyList<TargetAddress> _addresses = [];
    private Task? _lookup;
    private long _lookedUp;
    private bool _isKnown;
    private bool _hasFailed;

    /// <param name="plan">The plan of the forward.</param>
    /// <param name="index">Which target of the plan it is.</param>
    /// <param name="parts">What it uses.</param>
    public Target(ForwardPlan plan, int index, ForwardParts parts)
    {
        (_plan, Index, _parts) = (plan, index, parts);
        var end = plan.Targets[index].End;
        _name = end as DnsEndPoint;
        if (_name is null)
        {
            _addresses = [new TargetAddress(end, parts.Time)];
        }
    }

    /// <summary>Which target of the map it is.</summary>
    public int Index { get; }

    /// <inheritdoc cref="ForwardTarget.HostName"/>
    public string? HostName => _plan.Targets[Index].HostName;

    /// <summary>Its addresses; none where its name has none.</summary>
    public async ValueTask<IReadOnlyList<TargetAddress>> AddressesAsync()
    {
        // Where addresses are known, only the client that has the name looked up again waits for the answer.
        var waits = _lookup is null || _addresses.Count == 0;
        if (_name is not null && waits && !(_isKnown && _parts.Time.GetElapsedTime(_lookedUp) < Fresh))
        {
            _lookup ??= LookUpAsync(_name);
            await _lookup.WaitAsync(_addresses.Count > 0 ? Moment : _plan.ConnectTimeout, _parts.Time)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await LoopTurn.On(_parts.Loop).ConfigureAwait(false);
        }

        return _addresses;
    }

    /// <inheritdoc/>
    public override string ToString() => _plan.Targets[Index].Text;

    /// <summary>What the log calls one of its addresses.</summary>
    public string Name(TargetAddress address) => _name is null ? ToString() : $"{this} at {address}";

    /// <summary>Looks the name up. There is one lookup of it at a time, however long the resolver takes.</summary>
    private async Task LookUpAsync(DnsEndPoint name)
    {
        IPAddress[] found = [];
        var reason = "the name has no address";
        try
        {
            found = await _parts.Lookup.FindAsync(name.Host).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is SocketException or ArgumentException)
        {
            reason = failure.Message;
        }

        await LoopTurn.On(_parts.Loop).ConfigureAwait(false);
        (_lookup, _lookedUp) = (null, _parts.Time.GetTimestamp());
        List<IPEndPoint> ends = [.. found.Where(address => _plan.Source is null || address.AddressFamily == _plan.Source.AddressFamily)
            .Distinct().Select(address => new IPEndPoint(address, name.Port))];
        if (ends.Count > 0)
        {
            // One that is known already keeps its rest.
            _addresses = [.. ends.Select(end => _addresses.FirstOrDefault(known => known.End.Equals(end))
                ?? new TargetAddress(end, _parts.Time))];
        }
        else if (!_hasFailed)
        {
            _parts.Logger.TargetUnknown(_parts.Service, ToString(), reason);
        }

        // Without an address the next client has it looked up again.
        (_hasFailed, _isKnown) = (ends.Count == 0, _addresses.Count > 0);
    }
}
