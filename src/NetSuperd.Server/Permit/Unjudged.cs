using NetSuperd.Server.Config;

namespace NetSuperd.Server.Permit;

/// <summary>
/// Explains which clients and packets of a socket no gate judges, because a child accepts or reads them itself, or the kernel drops them.
/// </summary>
internal static class Unjudged
{
    // The words of the lines of explain that stand for no gate.
    private const string Clients = "clients";
    private const string Start = "start";
    private const string Types = "types";
    private static readonly string Untrusted = Verdict.Untrusted.Reason!;
    private const string Wait = "wait";

    /// <summary>The packets that the kernel drops before any gate, and the connections that are no proxy's.</summary>
    public static IEnumerable<ExplainedGate> BeforeGates(Port port)
    {
        if (port.Trusted is { } trusted)
        {
            var names = string.Join(", ", trusted.Select(rule => rule.Text));
            yield return new ExplainedGate(
                Untrusted,
                $"each connection begins with a PROXY header, and only those of {names} are taken; the gates judge the client that the "
                + "header names",
                null,
                port.At);
        }

        if (port.Types is { } types)
        {
            var names = string.Join(", ", types.Select(type => IcmpType.Text((int)port.Key.Number, type)));
            yield return new ExplainedGate(
                Types, $"only ICMP of these types arrives: {names}; the kernel drops the others without a record", null, port.At);
        }
    }

    /// <summary>The clients that a child accepts or reads itself, and those that another service or another program gets.</summary>
    public static IEnumerable<ExplainedGate> ByChild(Port port, Peer peer)
    {
        if (port.Service.Kind == ServiceKind.Server)
        {
            yield return new ExplainedGate(
                Start, "a server runs all the time and accepts every client itself: the daemon judges none", null, port.Service.At);
        }
        else if (ServiceByFirstBytes.IsOne(port.Service))
        {
            yield return new ExplainedGate(
                ServiceByFirstBytes.Key,
                "the first bytes of the client decide which service gets it, and the gates of that service judge it again: "
                + string.Join(", ", ServiceByFirstBytes.ServicesOf(port.Service)),
                null,
                port.Service.At);
        }
        else if (port.Service.Kind == ServiceKind.Wait)
        {
            yield return new ExplainedGate(Wait, WaitText(port), null, port.Service.At);
        }
        else if (new ClientRules(port.Service.Clients).Find(peer) is { } index)
        {
            var rule = port.Service.Clients[index];
            yield return new ExplainedGate(Clients, string.Join(" and ", Gains(rule)), null, rule.At);
        }
    }

    // Values of variables are only for root and the daemon's user.
    private static IEnumerable<string> Gains(ClientRule rule)
    {
        if (rule.Exec is [var program, ..])
        {
            yield return $"the client gets {program}";
        }

        if (!rule.Env.IsEmpty)
        {
            yield return $"its child has the variables {string.Join(", ", rule.Env.Keys)}";
        }
    }

    private static string WaitText(Port port) => port.SenderFilter is not null
        ? "allow and deny hold for every datagram: the kernel drops the others without a record; the other gates are for the first "
            + "datagram of each child"
        : port.Key.Transport.IsDatagram
            ? "the gates are for the first datagram of each child: while a child has the socket, it reads what every sender sends"
            : port.Service.Program is { Processes: { } processes }
                ? $"the gates are for the start of the children: {processes} share the socket, and accept every client"
                : "the gates are for the client that starts a child: while a child has the socket, it accepts every client";
}
