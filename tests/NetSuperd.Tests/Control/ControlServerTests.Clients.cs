using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using NetSuperd.Control;

namespace NetSuperd.Tests.Control;

/// <summary>The clients of the control socket: clients that leave, clients that are silent, and a client of another user.</summary>
public sealed partial class ControlServerTests
{
    [Fact]
    public async Task Client_ThatLeaves_AffectsNoOtherClient()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Start(async _ =>
        {
            await release.Task;
            return ControlAnswer.Of(0, new string('x', 4_000_000));
        });
        var client = ControlClientSocket.Connect(Place);
        await client.SendAsync(Status);
        client.Dispose();
        release.SetResult();

        await _log.WhenAsync(Gone);
        Assert.Contains("\"status\":0", await AskAsync(Status), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_WithALongName_IsAnswered()
    {
        Start();
        var name = Path.Combine(_folder.FullName, new string('n', 106 - _folder.FullName.Length));
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Bind(new UnixDomainSocketEndPoint(name));
        client.Connect(new UnixDomainSocketEndPoint(Place));
        client.Send(Encoding.ASCII.GetBytes(Status));
        client.ReceiveTimeout = (int)Patience.TotalMilliseconds;

        Assert.NotEqual(0, client.Receive(new byte[1000]));
    }

    [Fact]
    public async Task SilentClients_AHundred_DoNotKeepOutTheNext()
    {
        // Time stands still: no deadline cuts off a client.
        Start(time: new FakeTimeProvider());
        var silent = Enumerable.Range(0, 100).Select(_ => ControlClientSocket.Connect(Place)).ToList();

        Assert.Contains("\"status\":0", await AskAsync(Status), StringComparison.Ordinal);

        Assert.Contains("\"status\":64", await silent[0].ReceiveToEndAsync(), StringComparison.Ordinal);
        silent.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task SilentClients_AsManyAsThereArePlaces_AreLeftAlone()
    {
        Start(time: new FakeTimeProvider());
        var silent = Enumerable.Range(0, ControlServer.MostClients).Select(_ => ControlClientSocket.Connect(Place)).ToList();

        foreach (var client in silent)
        {
            await client.SendAsync(Status);
            Assert.Contains("\"status\":0", await client.ReceiveToEndAsync(), StringComparison.Ordinal);
            client.Dispose();
        }
    }

    [Fact]
    public async Task Requests_ThatAreBeingAnswered_KeepTheirPlaces()
    {
        var running = 0;
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Start(async request =>
        {
            if (request.Command == "restart" && Interlocked.Increment(ref running) == ControlServer.MostClients)
            {
                full.SetResult();
            }

            await release.Task;
            return ControlAnswer.Of(0, request.Command);
        });
        var busy = Enumerable.Range(0, ControlServer.MostClients).Select(_ => AskAsync("{\"v\":1,\"command\":\"restart\"}\n")).ToList();
        await full.Task.WaitAsync(Patience, Cancel);
        var late = AskAsync(Status);
        Assert.False(late.IsCompleted);

        release.SetResult();

        Assert.All(await Task.WhenAll(busy), answer => Assert.Contains("restart", answer, StringComparison.Ordinal));
        Assert.Contains("status", await late, StringComparison.Ordinal);
        Assert.Equal(ControlServer.MostClients, running);
    }

    [Fact]
    public async Task Connection_OfAnotherUser_IsRefusedAndLogged()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can be another user");
        Start(_ => throw new InvalidOperationException("no request should arrive"));
        const UnixFileMode EveryUser = (UnixFileMode)0b111_111_111;
        File.SetUnixFileMode(_folder.FullName, EveryUser);
        File.SetUnixFileMode(Place, EveryUser);
        string[] arguments = ["--reuid=65534", "--regid=65534", "--clear-groups", "ncat", "--no-shutdown", "-U", Place];
        using var stranger = Process.Start(new ProcessStartInfo("setpriv", arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        })!;
        await stranger.StandardInput.WriteAsync("{\"v\":1,\"command\":\"stop\"}\n");
        await stranger.StandardInput.FlushAsync(Cancel);

        var answer = await stranger.StandardOutput.ReadLineAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);

        Assert.StartsWith("{\"v\":1,\"status\":77,", answer, StringComparison.Ordinal);
        var logged = Assert.Single(await _log.WhenAsync(Refused));
        Assert.Equal((stranger.Id, 65534u), (logged["Pid"], logged["User"]));
        stranger.StandardInput.Close();
        await stranger.WaitForExitAsync(Cancel).WaitAsync(Patience, Cancel);
    }
}
