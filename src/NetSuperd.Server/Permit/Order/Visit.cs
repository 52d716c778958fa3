using System.Diagnostics.CodeAnalysis;

namespace NetSuperd.Server.Permit.Order;

/// <summary>A connection or a datagram before the gates, with or without a known peer.</summary>
internal ref struct Visit
{
    private readonly ref readonly Peer _peer;
    private Source _source;
    private Networks _networks;
    private ref SourceSlot _slot;
    private int _level;
    private long _now;
    private bool _hasSource;
    private bool _hasNetworks;
    private bool _hasSlot;

    /// <summary>A connection that has not been accepted yet.</summary>
    /// <param name="state">What the gates have counted.</param>
    /// <param name="terms">The rules of the map.</param>
    public Visit(GateState state, Terms terms) => (State, Terms) = (state, terms);

    /// <summary>A visit of a peer that is known.</summary>
    /// <param name="state">What the gates have counted.</param>
    /// <param name="terms">The rules of the map.</param>
    /// <param name="peer">The peer.</param>
    public Visit(GateState state, Terms terms, ref readonly Peer peer)
    {
        (State, Terms, IsKnown) = (state, terms, true);
        _peer = ref peer;
    }

    /// <summary>What the gates have counted.</summary>
    public GateState State { get; }

    /// <summary>The rules of the map.</summary>
    public Terms Terms { get; }

    /// <summary>The peer, where it is known.</summary>
    public readonly ref readonly Peer Peer => ref _peer;

    /// <summary>Whether it is known.</summary>
    public bool IsKnown { get; }

    /// <summary>Whether an operator asks what would happen: nothing is noted or taken.</summary>
    public bool IsLook { get; init; }

    /// <summary>What a connection took before it was accepted; null: it has not been, or it is a datagram.</summary>
    public Lease? Lease { get; init; }

    /// <summary>Whether a connection is accepted without a token.</summary>
    public bool IsAhead { get; init; }

    /// <summary>Whether a connection that was accepted without a token may wait for one; otherwise it gets the next one.</summary>
    public bool MayWait { get; init; }

    /// <summary>The rate from which a token was taken; null: none was.</summary>
    public Pace? Token { get; set; }

    /// <summary>How long until the refusing gate has a token; 0: no token is missing.</summary>
    public long Wait { get; set; }

    /// <summary>Its entries among those that take tokens, between the test and the taking.</summary>
    public (int OfSource, int OfNetwork) Taker { get; set; }

    /// <summary>The time, the same for all gates.</summary>
    public long Now => _now != 0 ? _now : _now = State.Time.GetTimestamp();

    /// <summary>The source that the peer belongs to.</summary>
    [UnscopedRef]
    public ref readonly Source Source
    {
        get
        {
            if (!_hasSource)
            {
                (_source, _hasSource) = (_peer.SourceBy(Terms.Admission.SourcePrefix), true);
            }

            return ref _source;
        }
    }

    /// <summary>The networks that it belongs to.</summary>
    [UnscopedRef]
    public ref readonly Networks Networks
    {
        get
        {
            if (!_hasNetworks)
            {
                (_networks, _hasNetworks) = (Permit.Networks.Of(_peer), true);
            }

            return ref _networks;
        }
    }

    /// <summary>The network that counts beside the source where many sources of it come.</summary>
    public Source Network => Networks.Wide ?? Source;

    /// <summary>The slot of its source, which is given to it where it has none.</summary>
    public ref SourceSlot Slot
    {
        get
        {
            if (!_hasSlot)
            {
                var index = State.Sources.Find(Source, Terms.SourcePace, Now);
                (_level, _hasSlot) = (index.Level, true);
                _slot = ref State.Sources.At(index);
            }

            return ref _slot;
        }
    }

    /// <summary>The level of that slot, once it was asked for.</summary>
    public readonly int Level => _level;

    /// <summary>The bucket of its source.</summary>
    public TokenBucket Bucket => IsLook ? State.Sources.Peek(Source, Terms.SourcePace, Now).Bucket : Slot.Bucket;

    /// <summary>The live connections of its source, those in another process included.</summary>
    public int Live => IsLook
        ? State.Sources.Peek(Source, Terms.SourcePace, Now).Live
        : Slot.Live + State.Sources.Elsewhere(Source, _level);
}
