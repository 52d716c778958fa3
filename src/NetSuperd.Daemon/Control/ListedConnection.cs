using System.Text.Json.Serialization;
using NetSuperd.Server.Tally;

namespace NetSuperd.Control;

/// <summary>A <see cref="LiveConnection"/> as JSON for programs: times are numbers, with the unit in the name.</summary>
internal sealed record ListedConnection(
    long Id,
    string Service,
    string Protocol,
    string Local,
    string Peer,
    DateTimeOffset Since,
    [property: JsonPropertyName("age_s")] double AgeSeconds,
    long? Received,
    long? Sent,
    string? State,
    [property: JsonPropertyName("rtt_ms")] double? RoundTripMilliseconds,
    int? Pid,
    int Process,
    [property: JsonPropertyName("idle_s")] double? IdleSeconds = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Proxy = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Target = null)
{
    private const int Digits = 3;

    /// <summary>From a connection of this process.</summary>
    public static ListedConnection From(LiveConnection live) => new(
        live.Id,
        live.Service,
        live.Protocol,
        live.Local,
        live.Peer,
        live.Since,
        Math.Round(live.Age.TotalSeconds, Digits),
        live.Received,
        live.Sent,
        live.State,
        live.RoundTripTime is { } time ? Math.Round(time.TotalMilliseconds, Digits) : null,
        live.Pid,
        live.Process,
        live.Idle is { } idle ? Math.Round(idle.TotalSeconds, Digits) : null,
        live.Proxy,
        live.Target);

    /// <summary>The connection that another process has sent.</summary>
    public LiveConnection ToLive() => new(
        Id,
        Service,
        Protocol,
        Local,
        Peer,
        Since,
        TimeSpan.FromSeconds(AgeSeconds),
        Received,
        Sent,
        State,
        RoundTripMilliseconds is { } time ? TimeSpan.FromMilliseconds(time) : null,
        Pid,
        Process,
        IdleSeconds is { } idle ? TimeSpan.FromSeconds(idle) : null,
        Proxy,
        Target);
}

/// <summary>The data of <c>connections --json</c>, beside the version.</summary>
internal sealed record ConnectionList(IReadOnlyList<ListedConnection> Connections);
