using System.IO.Pipes;
using System.Net;
using System.Net.Sockets;
using System.Security.Principal;
using System.Text;

// The functional tests run on Linux, and a named pipe of Wine can be opened by a program of Wine alone. This one takes connections at a
// port of the loopback, which it prints: the first line names a pipe, and what follows is passed on in both directions. It ends with its
// standard input.
using var listener = new TcpListener(IPAddress.Loopback, 0);
listener.Start();
var passing = PassAllAsync(listener);
Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port);
await Task.WhenAny(passing, Console.In.ReadToEndAsync());

static async Task PassAllAsync(TcpListener listener)
{
    while (true)
    {
        var client = await listener.AcceptTcpClientAsync();
        _ = PassAsync(client);
    }
}

static async Task PassAsync(TcpClient client)
{
    var connection = client.GetStream();
    try
    {
        using var pipe = new NamedPipeClientStream(
            ".", await NameAsync(connection), PipeDirection.InOut, PipeOptions.Asynchronous, TokenImpersonationLevel.Identification);

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await pipe.ConnectAsync(limit.Token);
        await Task.WhenAny(connection.CopyToAsync(pipe), pipe.CopyToAsync(connection));
    }
    catch (Exception failure) when (failure is IOException or OperationCanceledException or SocketException)
    {
        Console.Error.WriteLine(failure);
    }
    finally
    {
        client.Dispose();
    }
}

static async Task<string> NameAsync(NetworkStream connection)
{
    var name = new StringBuilder();
    var next = new byte[1];
    while (await connection.ReadAsync(next) == 1 && next[0] != '\n')
    {
        name.Append((char)next[0]);
    }

    return name.ToString();
}
