using System.Collections.Immutable;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Notation;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>Chooses some of the live connections: those that have everything that an operator has asked for.</summary>
public sealed class ConnectionFilter
{
    private readonly PeerRules? _peers;
    private readonly TimeSpan? _idle;

    private ConnectionFilter(PeerRule? peer, TimeSpan? idle)
    {
        _peers = peer is null ? null : new PeerRules([peer], ImmutableArray<PeerRule>.Empty);
        _idle = idle;
    }

    /// <summary>Whether it chooses all connections.</summary>
    public bool IsNone => (Service, Peer, State, Idle) is (null, null, null, null);

    /// <summary>Their service; null: any.</summary>
    public string? Service { get; private init; }

    /// <summary>The addresses of their peers, in the notation of <c>allow</c>; null: any.</summary>
    public string? Peer { get; private init; }

    /// <summary>Their state of TCP, such as <c>close-wait</c>; null: any.</summary>
    public string? State { get; private init; }

    /// <summary>
    /// How long at least no data has passed, such as <c>10m</c>; null: any time. A connection whose time is not known does not match.
    /// </summary>
    public string? Idle { get; private init; }

    /// <summary>The words for the states.</summary>
    public static IReadOnlyList<string> States => StateWord.All;

    /// <summary>Reads what the operator has written.</summary>
    /// <param name="service">The name of a service; null: any.</param>
    /// <param name="peer">A peer in the notation of <c>allow</c>; null: any.</param>
    /// <param name="state">A state of TCP; null: any.</param>
    /// <param name="idle">A time such as <c>10m</c>; null: any.</param>
    /// <param name="names">Names of the system.</param>
    /// <param name="problem">What is malformed; empty: nothing.</param>
    /// <returns>The filter; null where something is malformed.</returns>
    public static ConnectionFilter? Read(
        string? service, string? peer, string? state, string? idle, INames names, out string problem)
    {
        problem = "";
        var time = TimeSpan.Zero;
        var rule = peer is null ? null
            : PeerNotation.Read(peer, new Position(new SourceText("", peer)), new NameCache(names), out problem);
        problem = peer is not null && rule is null ? $"'{peer}' {problem}"
            : rule?.GroupId is not null ? $"'{peer}' is a group, and a connection has only the user of its peer; write uid:NAME"
            : state is not null && !States.Contains(state) ? $"'{state}' is not a state; the states are {string.Join(", ", States)}"
            : idle is not null && !Quantity.TryParseDuration(idle, out time) ? $"'{idle}' is not a time; write one such as 10m or 30s"
            : "";
        return problem.Length > 0 ? null
            : new ConnectionFilter(rule, idle is null ? null : time) { Service = service, Peer = peer, State = state, Idle = idle };
    }

    /// <summary>Whether a connection is one of them.</summary>
    public bool Matches(LiveConnection live) =>
        (Service is null || live.Service == Service)
        && (State is null || live.State == State)
        && (_idle is not { } least || live.Idle >= least)
        && (_peers is null || (Permit.Peer.Parse(live.Peer) is { } peer && _peers.Judge(peer).Admits));
}
