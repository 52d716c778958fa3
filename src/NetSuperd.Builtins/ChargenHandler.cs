namespace NetSuperd.Builtins;

/// <summary>
/// Character generator (RFC 864): sends lines of a ring of all printing characters until the client closes, and discards what it receives.
/// A datagram is answered by one of random length; each starts at the beginning of the ring.
/// </summary>
/// <remarks>
/// A client that does not read its characters holds only what the system has queued for it. Answers to datagrams are never longer than what
/// was asked, and at most 512 characters (RFC 864); <c>settings.amplify = true</c> lifts the first, for networks where no host forges
/// addresses.
/// </remarks>
[Handler("chargen")]
public sealed class ChargenHandler(ServiceInfo info) : IStreamHandler, IDatagramHandler
{
    // The popular pattern of RFC 864: each line shows 72 of the 95 printing characters, and begins one character further than the line
    // before.
    private const int Ring = 95;
    private const int LineCharacters = 72;
    private const int MostOfDatagram = 512;
    private const int Rings = 8;

    private static readonly byte[] Lines = MakeLines();

    private readonly bool _amplify = info.Settings.GetBoolean("amplify");

    /// <inheritdoc/>
    public void Handle(in Datagram request, IDatagramReply reply)
    {
        var most = _amplify ? MostOfDatagram : Math.Min(MostOfDatagram, request.Data.Length);
        reply.Send(Lines.AsSpan(0, Random.Shared.Next(most + 1)));
    }

    /// <inheritdoc/>
    public async Task HandleAsync(StreamConnection connection, CancellationToken stopping)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping);

        // The end of the client's transmission does not end the service: the client may just have nothing to send.
        var discarding = DiscardHandler.DiscardAsync(connection, end.Token);
        try
        {
            while (true)
            {
                await connection.SendAsync(Lines, stopping).ConfigureAwait(false);
            }
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await discarding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static byte[] MakeLines()
    {
        var lines = new List<byte>();
        for (var line = 0; line < Rings * Ring; line++)
        {
            lines.AddRange(Enumerable.Range(line, LineCharacters).Select(column => (byte)(' ' + (column % Ring))));
            lines.AddRange("\r\n"u8);
        }

        return [.. lines];
    }
}
