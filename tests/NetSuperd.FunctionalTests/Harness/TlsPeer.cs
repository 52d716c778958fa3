using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>A client that speaks TLS, and takes every certificate. Every call has a deadline.</summary>
internal sealed class TlsPeer : IDisposable
{
    private readonly TcpPeer _peer;

    private TlsPeer(TcpPeer peer, SslStream stream) => (_peer, Stream) = (peer, stream);

    /// <summary>The encrypted stream.</summary>
    public SslStream Stream { get; }

    /// <summary>The connection that carries it.</summary>
    public TcpPeer Peer => _peer;

    /// <summary>The common name in the certificate of the server.</summary>
    public string ServerName => ((X509Certificate2)Stream.RemoteCertificate!).GetNameInfo(X509NameType.SimpleName, false);

    /// <summary>Connects, and does the handshake.</summary>
    /// <param name="daemon">The daemon.</param>
    /// <param name="port">The name of the port in its map.</param>
    /// <param name="options">What else it asks for.</param>
    public static async Task<TlsPeer> ConnectAsync(Daemon daemon, string port, SslClientAuthenticationOptions? options = null)
    {
        var peer = await daemon.ConnectAsync(port);
        return await OverAsync(peer, options);
    }

    /// <summary>Does the handshake on a connection.</summary>
    /// <exception cref="Exception">It has failed.</exception>
    public static async Task<TlsPeer> OverAsync(TcpPeer peer, SslClientAuthenticationOptions? options = null)
    {
        options ??= new SslClientAuthenticationOptions { TargetHost = "www.example.org" };
        options.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        var stream = new SslStream(new NetworkStream(peer.Socket));
        await Deadline.WithinAsync(stream.AuthenticateAsClientAsync(options), "the handshake");
        return new TlsPeer(peer, stream);
    }

    /// <summary>Sends a text, and receives as many bytes.</summary>
    public async Task<string> ExchangeAsync(string text)
    {
        await SendAsync(Encoding.UTF8.GetBytes(text));
        var answer = new byte[Encoding.UTF8.GetByteCount(text)];
        await Deadline.WithinAsync(Stream.ReadExactlyAsync(answer).AsTask(), "the answer");
        return Encoding.UTF8.GetString(answer);
    }

    /// <summary>Sends bytes.</summary>
    public Task SendAsync(ReadOnlyMemory<byte> bytes) => Deadline.WithinAsync(Stream.WriteAsync(bytes).AsTask(), "room for the bytes");

    /// <summary>Ends the own transmission, by the alert alone or with that of the connection.</summary>
    public async Task FinishAsync(bool ofConnection = true)
    {
        await Deadline.WithinAsync(Stream.ShutdownAsync(), "the alert");
        if (ofConnection)
        {
            _peer.Finish();
        }
    }

    /// <summary>Receives everything until the end of the server's transmission.</summary>
    public async Task<byte[]> ReadToEndAsync()
    {
        var all = new MemoryStream();
        await Deadline.WithinAsync(Stream.CopyToAsync(all), "the end of transmission");
        return all.ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stream.Dispose();
        _peer.Dispose();
    }
}
