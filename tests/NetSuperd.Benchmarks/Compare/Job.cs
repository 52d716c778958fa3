namespace NetSuperd.Benchmarks.Compare;

/// <summary>A load on a port, whose rate is measured.</summary>
/// <param name="Name">The name on the command line and in the table.</param>
/// <param name="Text">What it is, for the table.</param>
/// <param name="Use">What is loaded.</param>
/// <param name="Mode">The mode of the load program.</param>
/// <param name="Connections">How many connections are busy at once.</param>
/// <param name="Bytes">How much is sent at once.</param>
internal sealed record Job(string Name, string Text, PortUse Use, string Mode, int Connections, int Bytes)
{
    /// <summary>All jobs, in the order of the table.</summary>
    public static readonly Job[] All =
    [
        new("spawn", "a child per connection, connections/s", PortUse.Spawn, "short", 16, 16),
        new("user", "the same as nobody, connections/s", PortUse.User, "short", 16, 16),
        new("bare", "a child that costs almost nothing, connections/s", PortUse.Bare, "short", 16, 16),
        new("bareuser", "the same as nobody, connections/s", PortUse.BareUser, "short", 16, 16),
        new("echo", "connect, echo, close, connections/s", PortUse.Echo, "short", 32, 16),
        new("rtt", "echo on 64 connections, answers/s", PortUse.Echo, "pingpong", 64, 64),
        new("bulk", "echo of 4 streams, MiB/s", PortUse.Echo, "stream", 4, 65536),
        new("udp", "echo of datagrams, answers/s", PortUse.Datagrams, "datagram", 32, 64),
        new("forward", "connect, echo of a target, close, connections/s", PortUse.Forward, "exchange", 16, 16),
        new("forwardrtt", "echo of a target on 8 connections, answers/s", PortUse.Forward, "pingpong", 8, 64),
        new("forwardbulk", "echo of a target, 4 streams, MiB/s", PortUse.Forward, "stream", 4, 65536),
    ];
}
