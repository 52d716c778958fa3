using System.Net.Sockets;

namespace NetSuperd.Native.Tests;

[Collection(RunsAlone.Name)]
public sealed class PeerCredentialsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Of_AUnixConnection_IsTheUserThatConnected()
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

        var peer = UnixPeer.Of(server.SafeHandle)!.Value;
        Assert.Equal((Environment.ProcessId, ProcessIdentity.EffectiveUserId), (peer.Pid, peer.Uid));
        var status = File.ReadAllText("/proc/self/status");
        Assert.Contains($"Gid:\t{peer.Gid}\t", status, StringComparison.Ordinal);
        var supplementary = status.Split('\n').Single(line => line.StartsWith("Groups:", StringComparison.Ordinal))["Groups:".Length..];
        Assert.Equal(
            [peer.Gid, .. supplementary.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(uint.Parse)],
            UnixPeer.GroupsOf(server.SafeHandle));
    }

    [Fact]
    public void GroupsOf_ASocketWithoutAPeer_IsUnknown()
    {
        using var tcp = TcpPair.Listen(System.Net.IPAddress.Loopback);

        Assert.True(UnixPeer.GroupsOf(tcp.SafeHandle).IsDefault);
    }
}
