using System.Text;
using NetSuperd.Tests;

namespace NetSuperd.Abstractions.Tests;

public sealed class ConnectionStreamTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeConnection _connection = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Stream_OfAConnection_IsMadeOnce() => Assert.Same(_connection.Stream, _connection.Stream);

    [Fact]
    public async Task Read_WhatThePeerSends_ComesUntilItsEnd()
    {
        _connection.PeerSends("one\ntw"u8.ToArray());
        _connection.PeerSends("o\n"u8.ToArray());
        _connection.PeerEnds();
        using var reader = new StreamReader(_connection.Stream, Encoding.UTF8);

        Assert.Equal("one\ntwo\n", await reader.ReadToEndAsync(Cancel).WaitAsync(Patience, Cancel));
    }

    [Fact]
    public async Task Read_EveryOverload_ReachesTheConnection()
    {
        var buffer = new byte[4];
        _connection.PeerSends(1, 2, 3);
        _connection.PeerSends(4);
        _connection.PeerEnds();

        Assert.Equal(2, await _connection.Stream.ReadAsync(buffer.AsMemory(0, 2), Cancel).AsTask().WaitAsync(Patience, Cancel));
#pragma warning disable CA1835, CA1849 // The older overloads are what is tested.
        Assert.Equal(1, await _connection.Stream.ReadAsync(buffer, 2, 2, Cancel).WaitAsync(Patience, Cancel));
        Assert.Equal(1, _connection.Stream.Read(buffer, 3, 1));
        Assert.Equal(-1, _connection.Stream.ReadByte());
#pragma warning restore CA1835, CA1849
        Assert.Equal([1, 2, 3, 4], buffer);
    }

    [Fact]
    public async Task Write_EveryOverload_SendsImmediately()
    {
        await _connection.Stream.WriteAsync(new byte[] { 1 }, Cancel).AsTask().WaitAsync(Patience, Cancel);
        Assert.Equal([1], _connection.Sent);
#pragma warning disable CA1835, CA1849 // The older overloads are what is tested.
        await _connection.Stream.WriteAsync(new byte[] { 0, 2, 0 }, 1, 1, Cancel).WaitAsync(Patience, Cancel);
        _connection.Stream.Write([3], 0, 1);
        _connection.Stream.WriteByte(4);
#pragma warning restore CA1835, CA1849
        Assert.Equal([1, 2, 3, 4], _connection.Sent);
    }

    [Fact]
    public async Task Write_ThatFails_Throws()
    {
        _connection.SendFailure = new ConnectionClosedException("gone");

        await Assert.ThrowsAsync<ConnectionClosedException>(
            () => _connection.Stream.WriteAsync(new byte[] { 1 }, Cancel).AsTask().WaitAsync(Patience, Cancel));
    }

    [Fact]
    public async Task Read_Cancelled_Throws()
    {
        using var cancel = new CancellationTokenSource();
        var reading = _connection.Stream.ReadAsync(new byte[1], cancel.Token).AsTask();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Patience, Cancel));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_TheStream_ClosesTheConnection(bool isAsync)
    {
        if (isAsync)
        {
            await _connection.Stream.DisposeAsync().AsTask().WaitAsync(Patience, Cancel);
        }
        else
        {
            _connection.Stream.Dispose();
        }

        Assert.NotEqual(0, _connection.Closes);
    }

    [Fact]
    public async Task Flush_AndWhatIsOfNoStream_DoNothingOrAreRefused()
    {
        var stream = _connection.Stream;
        stream.Flush();
        await stream.FlushAsync(Cancel);

        Assert.Equal((true, true, false), (stream.CanRead, stream.CanWrite, stream.CanSeek));
        Assert.Throws<NotSupportedException>(() => stream.Length);
        Assert.Throws<NotSupportedException>(() => stream.Position);
        Assert.Throws<NotSupportedException>(() => stream.Seek(0, SeekOrigin.Begin));
        Assert.Throws<NotSupportedException>(() => stream.SetLength(0));
        Assert.Empty(_connection.Calls);
    }
}
