using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace NetSuperd.Windows.Tests.Control;

/// <summary>The commands of an operator, with the program itself.</summary>
public sealed class PipeCommandTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;
    private readonly string _pipe = $@"\\.\pipe\netsuperd-{Guid.NewGuid():N}";
    private readonly int _port = TestedProgram.FreePort();
    private Process? _daemon;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _daemon = await TestedProgram.ServeAsync(Map(_pipe, _port));

    public ValueTask DisposeAsync()
    {
        _daemon!.Kill();
        _daemon.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Questions_AreAnswered()
    {
        using var client = await ConnectAsync();

        var status = await OfAsync("status", "--json");
        Assert.Contains($"\"pid\":{_daemon!.Id}", status, StringComparison.Ordinal);
        Assert.Contains("echo", await OfAsync("status"), StringComparison.Ordinal);
        var listed = await OfAsync("connections", "--json");
        Assert.Contains($"\"peer\":\"127.0.0.1:{((IPEndPoint)client.Client.LocalEndPoint!).Port}\"", listed, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1 may come in", await OfAsync("explain", "127.0.0.1", $"{_port}"), StringComparison.Ordinal);
        Assert.Equal("", await OfAsync("check", "--config", Map(_pipe, _port), "--diff"));
        var (_, offers, _) = await TestedProgram.AskAsync("complete", "pause", "--control", _pipe, "");
        Assert.Contains("echo", offers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_AreMade()
    {
        using var client = await ConnectAsync();

        Assert.Equal("", await OfAsync("pause", "echo"));
        Assert.Contains("\"state\":\"paused\"", await OfAsync("status", "--json"), StringComparison.Ordinal);
        Assert.Equal("", await OfAsync("resume", "echo"));
        Assert.Contains("\"state\":\"serving\"", await OfAsync("status", "--json"), StringComparison.Ordinal);
        await OfAsync("abort", "1");
        Assert.Equal(0, await EndAsync(client));
        Map(_pipe, _port, "max_connections = 7");
        Assert.Contains("max_connections", await OfAsync("reload", "--dry-run"), StringComparison.Ordinal);
        Assert.Equal("", await OfAsync("reload"));
        Assert.Equal("", await OfAsync("reopen"));
        await TestedProgram.LineAsync(_daemon!.StandardError, "asks for: abort 1");
    }

    [Fact]
    public async Task Events_AreRead()
    {
        using var reader = TestedProgram.Start("events", "--json", "--control", _pipe);
        try
        {
            var line = TestedProgram.LineAsync(reader.StandardOutput, "\"service\":\"echo\"");
            while (!line.IsCompleted)
            {
                // It reads what happens after it has asked, and nothing tells when it has.
                using var client = await ConnectAsync();
            }

            await line;
        }
        finally
        {
            reader.Kill();
        }
    }

    [Fact]
    public async Task Restart_IsRefusedBeforeAnythingIsDone()
    {
        var (status, _, errors) = await TestedProgram.AskAsync("restart", "--control", _pipe);

        Assert.Equal(64, status);
        Assert.Contains("not possible on Windows", errors, StringComparison.Ordinal);
        _daemon!.Kill();
        Assert.DoesNotContain("Restarting", await _daemon.StandardError.ReadToEndAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_ReturnsWhenTheDaemonHasEnded()
    {
        Assert.Equal("", await OfAsync("stop"));

        Assert.True(_daemon!.HasExited);
        Assert.Equal(0, _daemon.ExitCode);
        Assert.Equal(69, (await TestedProgram.AskAsync("status", "--control", _pipe)).Status);
    }

    [Theory]
    [InlineData(@"C:\netsuperd.sock", 64)]
    [InlineData("", 64)]
    [InlineData(@"\\.\pipe\no-daemon-has-this-name", 69)]
    public async Task Control_ThatLeadsToNoDaemon_HasItsStatus(string path, int status) =>
        Assert.Equal(status, (await TestedProgram.AskAsync("status", "--control", path)).Status);

    [Fact]
    public async Task Pipes_OfTwoDaemons_LeadEachToItsOwn()
    {
        var (pipe, port) = ($"{_pipe}-2", TestedProgram.FreePort());
        using var other = await TestedProgram.ServeAsync(Map(pipe, port, name: "other.toml"));
        try
        {
            var (status, output, _) = await TestedProgram.AskAsync("status", "--json", "--config", Path.Combine(_folder, "other.toml"));

            Assert.Equal(0, status);
            Assert.Contains($"\"pid\":{other.Id}", output, StringComparison.Ordinal);
            Assert.Contains($"\"pid\":{_daemon!.Id}", await OfAsync("status", "--json"), StringComparison.Ordinal);
        }
        finally
        {
            other.Kill();
        }
    }

    [Theory]
    [InlineData(@"C:\netsuperd.sock", "is not the name of a pipe")]
    [InlineData("netsuperd", "is not the name of a pipe")]
    [InlineData(@"\\other\pipe\netsuperd", "is not the name of a pipe")]
    public async Task Check_AControlThatIsNoPipe_IsAnErrorAtItsLine(string control, string reason)
    {
        var (status, _, errors) = await TestedProgram.AskAsync("check", "--config", Map(control, _port, name: "wrong.toml"));

        Assert.Equal(78, status);
        Assert.Contains("wrong.toml:2:11", errors, StringComparison.Ordinal);
        Assert.Contains(reason, errors, StringComparison.Ordinal);
    }

    private static async Task<int> EndAsync(TcpClient client)
    {
        try
        {
            return await client.GetStream().ReadAsync(new byte[1], Cancel).AsTask().WaitAsync(TestedProgram.Patience, Cancel);
        }
        catch (IOException)
        {
            // It was reset.
            return 0;
        }
    }

    private async Task<string> OfAsync(params string[] arguments)
    {
        var (status, output, errors) = await TestedProgram.AskAsync([.. arguments, "--control", _pipe]);
        Assert.True(status == 0, $"{arguments[0]}: {status} {errors}");
        return output;
    }

    /// <summary>Connects, and waits until the daemon answers: then the connection is served.</summary>
    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _port, Cancel);
        await client.GetStream().WriteAsync("x"u8.ToArray(), Cancel);
        Assert.Equal(1, await client.GetStream().ReadAsync(new byte[1], Cancel));
        return client;
    }

    private string Map(string control, int port, string defaults = "", string name = "map.toml")
    {
        var path = Path.Combine(_folder, name);
        var socket = $"\"127.0.0.1:{port}\" = \"echo\"";
        File.WriteAllLines(path, ["[daemon]", $"control = '{control}'", "[ports]", socket, "[defaults]", defaults]);
        return path;
    }
}
