using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Forward;

/// <summary>A client of a forward, encrypted or not, and the encrypted connection that has come to its target.</summary>
internal sealed class EncryptedPair : IAsyncDisposable
{
    private EncryptedPair(string name, PairEnd client, PairEnd target) => (Name, Client, Target) = (name, client, target);

    /// <summary>The client's address and port.</summary>
    public string Name { get; }

    /// <summary>The end of the client.</summary>
    public PairEnd Client { get; }

    /// <summary>The end of the target.</summary>
    public PairEnd Target { get; }

    /// <summary>The name that the target was asked for.</summary>
    public string AskedFor => ((SslStream)Target.Stream).TargetHostName;

    /// <summary>Opens the pair.</summary>
    /// <param name="shared">The daemon, to whose services the test is the target.</param>
    /// <param name="service">The service: <c>both</c> also encrypts the connection of the client.</param>
    public static async Task<EncryptedPair> OpenAsync(TlsToDaemon shared, string service)
    {
        var client = await shared.Daemon.ConnectAsync(service);
        var encrypted = service == "both" ? TlsPeer.OverAsync(client) : null;
        var target = await TcpPeer.AcceptAsync(shared.Listener);
        var stream = new SslStream(new NetworkStream(target.Socket));
        await Deadline.WithinAsync(stream.AuthenticateAsServerAsync(shared.Good), "the handshake of the target");
        Stream ofClient = encrypted is null ? new NetworkStream(client.Socket) : (await encrypted).Stream;
        return new EncryptedPair(client.Name, new PairEnd(client, ofClient), new PairEnd(target, stream));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Target.DisposeAsync();
    }
}

/// <summary>One end of a pair. Every call has a deadline.</summary>
/// <param name="Peer">The connection.</param>
/// <param name="Stream">What it carries.</param>
internal sealed record PairEnd(TcpPeer Peer, Stream Stream) : IAsyncDisposable
{
    /// <summary>Sends a text.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Sends bytes.</summary>
    public Task SendAsync(ReadOnlyMemory<byte> bytes) => Deadline.WithinAsync(Stream.WriteAsync(bytes).AsTask(), "room for the bytes");

    /// <summary>Receives once.</summary>
    public async Task<int> ReceiveAsync(Memory<byte> buffer)
    {
        using var deadline = new CancellationTokenSource(Deadline.Default);
        return await Stream.ReadAsync(buffer, deadline.Token);
    }

    /// <summary>Receives everything until the other end has ended its transmission.</summary>
    public async Task<byte[]> ReadAllAsync()
    {
        var all = new MemoryStream();
        await Deadline.WithinAsync(Stream.CopyToAsync(all), "the end of transmission");
        return all.ToArray();
    }

    /// <summary>The same as text.</summary>
    public async Task<string> ReadToEndAsync() => Encoding.UTF8.GetString(await ReadAllAsync());

    /// <summary>Ends the own transmission, as the protocol wants it.</summary>
    public async Task FinishAsync()
    {
        if (Stream is SslStream encrypted)
        {
            await Deadline.WithinAsync(encrypted.ShutdownAsync(), "the alert");
        }

        Peer.Finish();
    }

    /// <summary>Ends the own transmission as an attacker between the two ends would, without the alert of TLS.</summary>
    public void Cut() => Peer.Finish();

    /// <summary>Ends the connection at once, with RST.</summary>
    public void Reset() => Peer.Reset();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync();
        Peer.Dispose();
    }
}
