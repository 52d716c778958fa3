using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetSuperd.Linux.Workers;

/// <summary>An end of a connection of IP in a message: the worker need not ask the system for what the daemon knows.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct IpEnd
{
    private Octets _octets;
    private byte _count;
    private ushort _port;
    private uint _scope;

    /// <summary>Writes an end; one of another family becomes none.</summary>
    public static IpEnd Of(EndPoint? end)
    {
        var form = default(IpEnd);
        if (end is IPEndPoint { Address: var address, Port: var port } && address.TryWriteBytes(form._octets, out var count))
        {
            form._count = (byte)count;
            form._port = (ushort)port;
            form._scope = address.AddressFamily == AddressFamily.InterNetworkV6 ? (uint)address.ScopeId : 0;
        }

        return form;
    }

    /// <summary>The end; null: none of IP.</summary>
    public readonly IPEndPoint? ToEndPoint()
    {
        ReadOnlySpan<byte> octets = _octets;
        return _count == 0 ? null
            : new IPEndPoint(_count == octets.Length ? new IPAddress(octets, _scope) : new IPAddress(octets[.._count]), _port);
    }

    [InlineArray(16)]
    private struct Octets
    {
        private byte _first;
    }
}
