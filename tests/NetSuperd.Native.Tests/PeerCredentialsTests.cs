using System.Net.Sockets;

namespace NetSuperd.Native.Tests;

[Collection(Alone.Name)]
public sealed class PeerCredentialsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Of_AUnixConnection_IsWhoConnected()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        var folder = Directory.CreateTempSubdirectory("netsuperd-peer-");
        var path = Path.Combine(folder.FullName, "s.sock");
        using var listener = UnixListener.Bind(path, SocketType.Stream);
        listener.Listen();
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(path), limit.Token);
        using var server = await listener.AcceptAsync(limit.Token);
        folder.Delete(recursive: true);

        var peer = PeerCredentials.Of(server)!.Value;
        Assert.Equal((Environment.ProcessId, ProcessIdentity.EffectiveUserId), (peer.Pid, peer.Uid));
        Assert.Contains($"Gid:\t{peer.Gid}\t", File.ReadAllText("/proc/self/status"), StringComparison.Ordinal);
    }
}
