using System.Net;
using NetSuperd.Server.Serve.Tls;

namespace NetSuperd.Server.Tests.Serve;

/// <summary>The stream below the encryption.</summary>
public sealed class TlsCarrierTests
{
    [Fact]
    public async Task Write_ToAClientThatTakesNothing_DoesNotWait()
    {
        // SslStream calls it on the loop, which alone could complete the send.
        var connection = new FullConnection();
        await using var carrier = new TlsCarrier(connection);

        carrier.Write([1, 2, 3], 1, 2);

        Assert.Equal([2, 3], connection.Sent);
    }

    /// <summary>A connection whose buffers are full.</summary>
    private sealed class FullConnection : StreamConnection
    {
        public byte[] Sent { get; private set; } = [];

        public override long Id => 1;

        public override string Service => "it";

        public override EndPoint LocalEndPoint => new IPEndPoint(IPAddress.Loopback, 1);

        public override EndPoint RemoteEndPoint => new IPEndPoint(IPAddress.Loopback, 2);

        public override CancellationToken Closed => CancellationToken.None;

        public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(0);

        public override ValueTask WaitForDataAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public override ValueTask SendAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Sent = buffer.ToArray();
            return new ValueTask(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously).Task);
        }

        public override ConnectionStatus GetStatus() => throw new NotSupportedException();

        public override ValueTask CloseAsync() => ValueTask.CompletedTask;

        public override void Abort()
        {
        }
    }
}
