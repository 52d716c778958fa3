using System.IO.Pipes;
using System.Text;

namespace NetSuperd.Windows.Tests.Control;

/// <summary>A client of the control pipe that does what the test says, and not what the protocol does.</summary>
internal sealed class PipeClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _limit = new(Patience);

    private PipeClient(NamedPipeClientStream stream) => Stream = stream;

    public NamedPipeClientStream Stream { get; }

    /// <summary>
    /// Connects. It waits while all ends have clients, on a thread of its own: the tested daemon needs those of the pool.
    /// </summary>
    public static async Task<PipeClient> ConnectAsync(string path)
    {
        var stream = new NamedPipeClientStream(
            ".", Path.GetFileName(path), PipeDirection.InOut, PipeOptions.Asynchronous,
            System.Security.Principal.TokenImpersonationLevel.Identification);
        await Task.Factory.StartNew(
            () => stream.Connect(Patience), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return new PipeClient(stream);
    }

    /// <summary>Sends; a server that has closed is no failure.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await Stream.WriteAsync(bytes, _limit.Token);
        }
        catch (IOException)
        {
            return;
        }
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>What the server sends until it closes.</summary>
    public async Task<string> ReceiveToEndAsync()
    {
        var received = new MemoryStream();
        try
        {
            await Stream.CopyToAsync(received, _limit.Token);
        }
        catch (IOException)
        {
            // The end of a pipe whose server was cut off.
        }

        return Encoding.UTF8.GetString(received.ToArray());
    }

    public void Dispose()
    {
        Stream.Dispose();
        _limit.Dispose();
    }
}
