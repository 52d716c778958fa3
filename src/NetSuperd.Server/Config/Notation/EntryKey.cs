namespace NetSuperd.Server.Config.Notation;

/// <summary>The key of an entry of <c>[ports]</c> as it was read: one socket, or several that differ in the port.</summary>
/// <param name="First">The socket with the lowest port.</param>
/// <param name="Ports">The ports in ascending order; a single 0 for a unix socket.</param>
internal sealed record EntryKey(PortKey First, IReadOnlyList<uint> Ports)
{
    /// <summary>The sockets.</summary>
    public IEnumerable<PortKey> Keys => Ports.Select(port => First with { Number = port });

    /// <summary>The normal form.</summary>
    public string Text => Ports.Count == 1 ? First.Text : First.TextWith(PortNumbers.Text(Ports));
}
