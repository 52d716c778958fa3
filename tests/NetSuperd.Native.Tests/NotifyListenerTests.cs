using System.Net.Sockets;

namespace NetSuperd.Native.Tests;

public sealed class NotifyListenerTests
{
    private readonly byte[] _buffer = new byte[16];

    [Fact]
    public void Receive_AMessage_NamesItsSender()
    {
        using var listener = NotifyListener.Open();
        using var client = Connect(listener);

        client.Send("READY=1"u8);

        Assert.Equal((7, Environment.ProcessId, ProcessIdentity.EffectiveUserId), Receive(listener));
        Assert.Equal("READY=1"u8, _buffer.AsSpan(0, 7));
    }

    [Fact]
    public async Task Stop_WhileACallWaits_EndsIt()
    {
        using var listener = NotifyListener.Open();
        var waiting = Task.Run(() => Receive(listener), TestContext.Current.CancellationToken);

        listener.Stop();

        Assert.Null(await waiting.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Receive_AMessageWithADescriptor_TakesTheMessageAlone()
    {
        using var listener = NotifyListener.Open();
        using var client = Connect(listener);
        using var given = Descriptor.Duplicate(client.SafeHandle);
        SocketRights.Send(client, "FDSTORE=1"u8, given);

        Assert.Equal((9, Environment.ProcessId, ProcessIdentity.EffectiveUserId), Receive(listener));

        Assert.Equal(2, OpenDescriptors.CountOf(OpenDescriptors.FileOf(client.SafeHandle)));
    }

    [Fact]
    public void Open_Twice_HasTwoNames()
    {
        using var one = NotifyListener.Open();
        using var other = NotifyListener.Open();

        Assert.NotEqual(one.Name, other.Name);
        Assert.StartsWith("@netsuperd/", one.Name, StringComparison.Ordinal);
    }

    private (int Length, int Pid, uint Uid)? Receive(NotifyListener listener) =>
        listener.Receive(_buffer) is var (length, sender) ? (length, sender.Pid, sender.Uid) : null;

    private static Socket Connect(NotifyListener listener)
    {
        var client = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint($"\0{listener.Name[1..]}"));
        return client;
    }
}
