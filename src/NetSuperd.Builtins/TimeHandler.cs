using System.Buffers.Binary;

namespace NetSuperd.Builtins;

/// <summary>
/// Time (RFC 868): the seconds since midnight of 1 January 1900 UTC in 4 bytes, then the end; input is ignored. The number wraps to 0 on 7
/// February 2036 at 06:28:16 UTC, when 4 bytes are used up.
/// </summary>
[Handler("time")]
public sealed class TimeHandler : IStreamHandler, IDatagramHandler
{
    // RFC 868: the time 2,208,988,800 corresponds to 00:00 1 Jan 1970 GMT.
    private const long Epoch = 2_208_988_800;

    /// <summary>The clock.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <inheritdoc/>
    public void Handle(in Datagram request, IDatagramReply reply)
    {
        Span<byte> time = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(time, Now());
        reply.Send(time);
    }

    /// <inheritdoc/>
    public async Task HandleAsync(StreamConnection connection, CancellationToken stopping)
    {
        var time = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(time, Now());
        await connection.SendAsync(time, stopping).ConfigureAwait(false);
    }

    private uint Now() => unchecked((uint)(Clock.GetUtcNow().ToUnixTimeSeconds() + Epoch));
}
