using System.Net.Sockets;

namespace NetSuperd.Native;

/// <summary>The values of a socket's options: noted before the first child has the socket, and restored after a child has had it.</summary>
public sealed class SocketState
{
    // The longest value is that of the options of IPv4 and of the extension headers of IPv6.
    private const int MostBytes = 64;

    // One option may change another, such as IP_TOS the priority.
    private const int Passes = 2;

    private readonly IReadOnlyList<SocketOption> _options;
    private readonly byte[]?[] _values;

    private SocketState(IReadOnlyList<SocketOption> options, byte[]?[] values) => (_options, _values) = (options, values);

    /// <summary>Notes the options of a socket.</summary>
    public static SocketState Of(Socket socket)
    {
        var options = SocketOptionTable.Of(socket);
        Span<byte> room = stackalloc byte[MostBytes];
        var values = new byte[]?[options.Count];
        for (var i = 0; i < options.Count; i++)
        {
            var length = Read(socket, options[i], room);
            values[i] = length < 0 ? null : room[..length].ToArray();
        }

        return new SocketState(options, values);
    }

    /// <summary>The same state, but with the options that <see cref="LinuxDatagramBatch.Prepare"/> sets.</summary>
    public SocketState Prepared(AddressFamily family)
    {
        var set = LinuxDatagramBatch.Options(family).ToDictionary(option => (option.Level, option.Name), option => option.Value);
        return new SocketState(
            _options,
            [.. _options.Zip(_values, (option, value) => set.TryGetValue((option.Level, option.Number), out var own)
                ? BitConverter.GetBytes(own)
                : value)]);
    }

    /// <summary>Restores the options that differ on a socket of the same family and type.</summary>
    /// <returns>The names of the options that differed, and of those that still do, because this process cannot restore them.</returns>
    public (IReadOnlyList<string> Before, IReadOnlyList<string> After) Restore(Socket socket)
    {
        var first = Differences(socket);
        var left = first;
        for (var pass = 0; pass < Passes && left.Count > 0; pass++)
        {
            foreach (var index in left)
            {
                Set(socket, _options[index], _values[index]);
            }

            left = Differences(socket);
        }

        return ([.. first.Select(index => _options[index].Name)], [.. left.Select(index => _options[index].Name)]);
    }

    private List<int> Differences(Socket socket)
    {
        Span<byte> room = stackalloc byte[MostBytes];
        var found = new List<int>();
        for (var i = 0; i < _options.Count; i++)
        {
            var length = Read(socket, _options[i], room);
            if (length < 0 ? _values[i] is not null : _values[i] is not { } value || !room[..length].SequenceEqual(value))
            {
                found.Add(i);
            }
        }

        return found;
    }

    /// <returns>The length of the value; negative where the socket does not have the option, or not now.</returns>
    private static int Read(Socket socket, SocketOption option, Span<byte> room)
    {
        room.Clear();
        return SocketValue.Read(socket.SafeHandle, option.Level, option.Number, room);
    }

    private static unsafe void Set(Socket socket, SocketOption option, byte[]? value)
    {
        // The kernel doubles the size of a buffer that it is given (socket(7), SO_RCVBUF).
        var isBuffer = option is { Level: Libc.SOL_SOCKET, Number: (int)SocketLevelOption.SO_RCVBUF or (int)SocketLevelOption.SO_SNDBUF };
        var bytes = value is null ? [] : isBuffer ? BitConverter.GetBytes(BitConverter.ToInt32(value) / 2) : value;
        fixed (byte* start = bytes)
        {
            _ = Libc.setsockopt(socket.SafeHandle, option.Level, option.Number, start, (uint)bytes.Length);
        }
    }
}
