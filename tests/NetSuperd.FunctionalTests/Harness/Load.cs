using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>
/// Clients that come at a steady rate, each with a word that must come back whole, until the load is stopped. What became of them is
/// counted: a refused, reset or lost answer is a failure with its reason. While many wait for their answer no more come, so that a busy
/// machine slows the load instead of piling up clients until a limit of the daemon or of time refuses them.
/// </summary>
internal sealed class Load : IDisposable
{
    private const int PerSecond = 200;
    private const int MostAtOnce = 50;

    private readonly ConcurrentDictionary<string, int> _failures = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _places = new(MostAtOnce);
    private readonly Task _running;
    private int _answered;

    private Load(Func<Socket> make, EndPoint end) => _running = Task.Run(() => RunAsync(make, end));

    /// <summary>Clients that have had their answer.</summary>
    public int Answered => Volatile.Read(ref _answered);

    /// <summary>Starts it against a port of this host.</summary>
    /// <param name="port">The port.</param>
    /// <param name="address">The server's address.</param>
    /// <param name="from">The clients' own address, where it matters.</param>
    public static Load OnPort(int port, string address = "127.0.0.1", string? from = null) => new(
        () =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            if (from is not null)
            {
                socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
            }

            return socket;
        },
        new IPEndPoint(IPAddress.Parse(address), port));

    /// <summary>Starts it against a unix socket.</summary>
    public static Load OnPath(string path) =>
        new(() => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(path));

    /// <summary>Waits until so many more have had their answer.</summary>
    public Task MoreAsync(int count)
    {
        var wanted = Answered + count;
        return Deadline.UntilAsync(() => Answered >= wanted || !_failures.IsEmpty, $"{count} more answers");
    }

    /// <summary>Stops it, and checks that no client was refused, reset or left without an answer.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await Deadline.WithinAsync(_running, "the last clients", 2 * Deadline.Default);
        Assert.True(
            _failures.IsEmpty, $"{Answered} answered, but {string.Join(", ", _failures.Select(pair => $"{pair.Value} {pair.Key}"))}");
        Assert.True(Answered > 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _places.Dispose();
    }

    private async Task RunAsync(Func<Socket> make, EndPoint end)
    {
        var clients = new List<Task>();
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / PerSecond));
        for (var i = 0; !_stop.IsCancellationRequested; i++)
        {
            await _places.WaitAsync();
            clients.Add(ClientAsync(make, end, $"word {i}"));
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }

        await Task.WhenAll(clients);
    }

    private async Task ClientAsync(Func<Socket> make, EndPoint end, string word)
    {
        try
        {
            using var limit = new CancellationTokenSource(Deadline.Default);
            using var socket = make();
            await socket.ConnectAsync(end, limit.Token);
            var sent = Encoding.ASCII.GetBytes(word);
            await socket.SendAsync(sent, limit.Token);
            var received = new byte[sent.Length];
            for (var count = 0; count < received.Length;)
            {
                var more = await socket.ReceiveAsync(received.AsMemory(count), limit.Token);
                if (more == 0)
                {
                    throw new IOException("lost answer");
                }

                count += more;
            }

            if (!received.AsSpan().SequenceEqual(sent))
            {
                throw new IOException("wrong answer");
            }

            Interlocked.Increment(ref _answered);
        }
        catch (Exception failure) when (failure is SocketException or IOException or OperationCanceledException)
        {
            _failures.AddOrUpdate(failure is SocketException { SocketErrorCode: var code } ? $"{code}" : failure.Message, 1, (_, count) =>
                count + 1);
        }
        finally
        {
            _places.Release();
        }
    }
}
