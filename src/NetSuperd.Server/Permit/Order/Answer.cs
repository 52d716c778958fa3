using NetSuperd.Platform;

namespace NetSuperd.Server.Permit.Order;

/// <summary>An answer to a datagram, before the gates.</summary>
/// <param name="peer">The sender of the datagram.</param>
/// <param name="arrival">Between which addresses the datagram came.</param>
internal ref struct Answer(ref readonly Peer peer, ref readonly DatagramArrival arrival)
{
    private readonly ref readonly Peer _peer = ref peer;
    private readonly ref readonly DatagramArrival _arrival = ref arrival;
    private ref SourceSlot _slot;
    private bool _hasSlot;
    private long _now;

    /// <summary>The sender of the datagram.</summary>
    public readonly ref readonly Peer Peer => ref _peer;

    /// <summary>Between which addresses the datagram came.</summary>
    public readonly ref readonly DatagramArrival Arrival => ref _arrival;

    /// <summary>The port that it was sent to.</summary>
    public int Port { get; init; }

    /// <summary>The bytes of the request.</summary>
    public ReadOnlySpan<byte> Request { get; init; }

    /// <summary>What would be sent.</summary>
    public ReadOnlySpan<byte> Bytes { get; init; }

    /// <summary>The exchanges of the socket; null: its handler may answer for ever.</summary>
    public LoopWatch? Loops { get; init; }

    /// <summary>The time, the same for all gates.</summary>
    public long Now => _now != 0 ? _now : _now = State.Time.GetTimestamp();

    /// <summary>What the gates have counted.</summary>
    public required GateState State { get; init; }

    /// <summary>The rules of the map.</summary>
    public required Terms Terms { get; init; }

    /// <summary>The budget of its source.</summary>
    public ref TokenBucket Budget
    {
        get
        {
            if (!_hasSlot)
            {
                var index = State.Budgets.Find(_peer.SourceBy(Terms.Admission.SourcePrefix), Terms.Budget, Now);
                _slot = ref State.Budgets.At(index);
                _hasSlot = true;
            }

            return ref _slot.Bucket;
        }
    }
}
