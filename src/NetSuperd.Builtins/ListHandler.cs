using System.Text;

namespace NetSuperd.Builtins;

/// <summary>A list of what the daemon serves, a line for each item, then the end; input is ignored.</summary>
/// <remarks>
/// The list has no address of a peer: a client learns nothing about other clients. A datagram is answered by as many whole lines as fit
/// into its own length. The list is at most a second old.
/// </remarks>
public abstract class ListHandler : IStreamHandler, IDatagramHandler
{
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(1);

    private volatile List? _list;

    /// <summary>The clock.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <inheritdoc/>
    public void Handle(in Datagram request, IDatagramReply reply)
    {
        var text = Now().Text.AsSpan();
        var fits = text[..Math.Min(text.Length, request.Data.Length)];
        reply.Send(fits[..(fits.LastIndexOf((byte)'\n') + 1)]);
    }

    /// <inheritdoc/>
    public async Task HandleAsync(StreamConnection connection, CancellationToken stopping) =>
        await connection.SendAsync(Now().Text, stopping).ConfigureAwait(false);

    /// <summary>The lines, without their ends.</summary>
    protected abstract IEnumerable<string> Lines();

    private List Now()
    {
        var list = _list;
        if (list is null || Clock.GetElapsedTime(list.Made) > Age)
        {
            var text = string.Concat(Lines().Select(line => $"{Printable(line)}\r\n"));
            _list = list = new List(Encoding.ASCII.GetBytes(text), Clock.GetTimestamp());
        }

        return list;
    }

    private static string Printable(string line) => new([.. line.Select(letter => letter is >= ' ' and <= '~' ? letter : '?')]);

    private sealed record List(byte[] Text, long Made);
}
