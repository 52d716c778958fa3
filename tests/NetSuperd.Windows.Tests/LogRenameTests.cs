using System.Net;
using System.Net.Sockets;
using NetSuperd.Systems;

namespace NetSuperd.Windows.Tests;

/// <summary>A log file that another program renames while the daemon has it open.</summary>
public sealed class LogRenameTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;
    private readonly string _pipe = $@"\\.\pipe\netsuperd-{Guid.NewGuid():N}";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Log => Path.Combine(_folder, "netsuperd.log");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Rename_WhileTheLogIsOpen_LosesNoLine()
    {
        var port = TestedProgram.FreePort();
        var map = Path.Combine(_folder, "map.toml");
        await File.WriteAllTextAsync(
            map,
            $"[daemon]\r\ncontrol = '{_pipe}'\r\n[log]\r\ntarget = \"file\"\r\nfile = '{Log}'\r\n[ports]\r\n{port} = \"echo\"\r\n",
            Cancel);
        using var daemon = TestedProgram.Start("run", "--config", map);
        try
        {
            await WrittenAsync(Log, "Started as process");
            var renamed = Log + ".1";
            File.Move(Log, renamed);
            await ConnectAsync(port);
            await WrittenAsync(renamed, "Connection 1 ");

            Assert.Equal(0, (await TestedProgram.RunAsync("reopen", "--control", _pipe)).Status);
            await ConnectAsync(port);
            await WrittenAsync(Log, "Connection 2 ");
            Assert.DoesNotContain("Connection 2 ", Read(renamed), StringComparison.Ordinal);

            // Nothing holds the old file any more: a rotation may compress it.
            using (new FileStream(renamed, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            {
                Assert.Equal(0, (await TestedProgram.RunAsync("stop", "--control", _pipe)).Status);
            }

            await daemon.WaitForExitAsync(Cancel);
            Assert.Contains("Stopped", Read(Log), StringComparison.Ordinal);
        }
        finally
        {
            daemon.Kill();
        }
    }

    private static async Task ConnectAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, Cancel);
        var stream = client.GetStream();
        client.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await stream.ReadAsync(new byte[1], Cancel));
    }

    private static Task WrittenAsync(string file, string text) =>
        Waiting.UntilAsync(() => File.Exists(file) && Read(file).Contains(text, StringComparison.Ordinal), text);

    private static string Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
