using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary>
/// Clients that came at once, and what became of them: each has either had its word back or the whole banner and an orderly end.
/// </summary>
internal sealed class ClientGroup : IDisposable
{
    /// <summary>The word of a client.</summary>
    public const string Word = "TEST";

    /// <summary>What a refused client hears.</summary>
    public const string Banner = "come later";

    private ClientGroup(IReadOnlyList<TcpPeer> served, int refused) => (Served, Refused) = (served, refused);

    /// <summary>Those that were served, and still are.</summary>
    public IReadOnlyList<TcpPeer> Served { get; }

    /// <summary>How many were refused; they have gone.</summary>
    public int Refused { get; }

    /// <summary>Lets a number of clients come.</summary>
    public static async Task<ClientGroup> ComeAsync(int count, Func<Task<TcpPeer>> connect)
    {
        var all = await Task.WhenAll(Enumerable.Range(0, count).Select(async _ => await EnterAsync(await connect())));
        return new ClientGroup([.. all.OfType<TcpPeer>()], all.Count(client => client is null));
    }

    /// <summary>Says the word.</summary>
    /// <returns>The client, where it was served; null where it was refused.</returns>
    public static async Task<TcpPeer?> EnterAsync(TcpPeer client)
    {
        await client.SendAsync(Word);
        var buffer = new byte[Word.Length];
        var count = await client.ReceiveAsync(buffer);
        if (Encoding.ASCII.GetString(buffer, 0, count) == Word)
        {
            return client;
        }

        Assert.Equal(Banner + "\r\n", Encoding.ASCII.GetString(buffer, 0, count) + await client.ReadToEndAsync());
        client.Dispose();
        return null;
    }

    /// <summary>Each has its word back still.</summary>
    public async Task TalkAsync()
    {
        foreach (var client in Served)
        {
            Assert.Equal(Word, await client.TalkAsync(Word));
        }
    }

    /// <summary>A served client ends its transmission, reads what is left, and goes.</summary>
    public static async Task LeaveAsync(TcpPeer client)
    {
        Assert.Equal("", await client.ExchangeAsync(""));
        client.Dispose();
    }

    /// <summary>All of them go.</summary>
    public Task LeaveAsync() => Task.WhenAll(Served.Select(LeaveAsync));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var client in Served)
        {
            client.Dispose();
        }
    }
}
