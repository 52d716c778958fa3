using System.Globalization;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Permit.Order;

/// <summary>Collects the explanations of the gates for a peer at a socket of a stored map.</summary>
/// <param name="map">The map.</param>
/// <param name="port">The socket.</param>
/// <param name="terms">The rules of its service.</param>
/// <param name="peer">The peer.</param>
/// <param name="now">The time.</param>
internal sealed class GateText(Map map, Port port, Terms terms, in Peer peer, DateTimeOffset now)
{
    private readonly List<ExplainedGate> _gates = [];
    private readonly Peer _peer = peer;

    /// <summary>The explanations so far.</summary>
    public IReadOnlyList<ExplainedGate> Gates => _gates;

    /// <summary>The map.</summary>
    public Map Map => map;

    /// <summary>The socket.</summary>
    public Port Port => port;

    /// <summary>The rules of its service.</summary>
    public Terms Terms => terms;

    /// <summary>The peer.</summary>
    public ref readonly Peer Peer => ref _peer;

    /// <summary>The time.</summary>
    public DateTimeOffset Now => now;

    /// <summary>The outcome at a limit that does not depend on the peer.</summary>
    public string Then => terms.IsOfDatagrams ? "more are dropped" : terms.Refuses ? "then clients are refused" : "then clients wait";

    /// <summary>Adds the explanation of a gate, with the position in the map.</summary>
    /// <inheritdoc cref="ExplainedGate"/>
    public void Add(Gate gate, string text, bool? admits = null) =>
        Add(gate, text, admits, terms.Admission.Positions.GetValueOrDefault(gate.Key));

    /// <inheritdoc cref="Add(Gate, string, bool?)"/>
    public void Add(Gate gate, string text, bool? admits, Position? at) =>
        _gates.Add(new ExplainedGate(gate.Refusal.Reason!, text, admits, at));

    /// <summary>The words for a rate.</summary>
    public static string Format(Rate rate) => string.Create(
        CultureInfo.InvariantCulture, $"at most {rate.Count} in {Quantity.Format(rate.Period)}, {rate.Burst} at once");
}
