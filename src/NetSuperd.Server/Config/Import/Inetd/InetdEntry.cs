using System.Net;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Inetd;

/// <summary>An entry of inetd.conf in any of its notations.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Service">The name, port, path, or <c>tcpmux/name</c>, without addresses.</param>
/// <param name="Type">The socket type.</param>
/// <param name="Protocol">The protocol, without options.</param>
/// <param name="Wait">Whether the program gets the socket itself.</param>
/// <param name="User">The user, with a group or without.</param>
/// <param name="Program">The program, or <c>internal</c>.</param>
/// <param name="Argv">What the program gets as arguments, its name first.</param>
internal sealed record InetdEntry(
    Position At, Word Service, Word Type, Word Protocol, bool Wait, Word User, Word Program, IReadOnlyList<Word> Argv)
{
    /// <summary>Whether it is commented out or switched off.</summary>
    public bool IsOff { get; init; }

    /// <summary>The addresses to listen on; none: every address.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>A host name in the place of an address.</summary>
    public Word? HostName { get; init; }

    /// <summary>The group, where it is not written behind the user.</summary>
    public Word? Group { get; init; }

    /// <summary>The limit that lets no client in; null: there is none.</summary>
    public Word? NoClients { get; init; }

    /// <summary>The most starts in a minute; null: the default of the program.</summary>
    public Word? Rate { get; init; }

    /// <summary>The most starts for one address in a minute; null: unlimited.</summary>
    public Word? RatePerSource { get; init; }

    /// <summary>The most children at once; null: unlimited.</summary>
    public Word? MaxConnections { get; init; }

    /// <summary>The most children for one address at once; null: unlimited.</summary>
    public Word? MaxPerSource { get; init; }

    /// <summary>The size of the receive buffer.</summary>
    public Word? ReceiveBuffer { get; init; }

    /// <summary>The size of the send buffer.</summary>
    public Word? SendBuffer { get; init; }

    /// <summary>Whether the program provides the service itself.</summary>
    public bool IsInternal => Program.Text == "internal";

    /// <summary>Whether its socket is one of datagrams.</summary>
    public bool IsDatagram => Type.Text == "dgram";

    /// <summary>Whether its socket is one of the file system.</summary>
    public bool IsUnix =>
        Protocol.Text == "unix" || Service.Text.StartsWith('/') || Service.Text.Contains(":/", StringComparison.Ordinal);

    /// <summary>Whether clients come through tcpmux, RFC 1078.</summary>
    public bool IsTcpmux => Service.Text.StartsWith("tcpmux/", StringComparison.Ordinal);

    /// <summary>Says that the map does not have it, or that it was disabled and is not there.</summary>
    public void Lost(ImportedMap map, string message)
    {
        if (IsOff)
        {
            map.Off(At, $"{message}; it was disabled");
        }
        else
        {
            map.Lost(At, message);
        }
    }
}
