using System.Net;
using System.Net.Sockets;
using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>A daemon with every <see cref="ChildCase"/> that it can serve, whose children say what they were given.</summary>
public sealed class InspectDaemon : IAsyncLifetime
{
    // The user of the children must be able to execute the program; only root writes there.
    private const UnixFileMode Open = (UnixFileMode)0x1ED;
    private const UnixFileMode SetUserId = (UnixFileMode)0x9ED;

    private readonly Scratch _scratch = new();
    private Daemon? _daemon;

    /// <summary>The daemon.</summary>
    public Daemon Daemon => _daemon!;

    /// <summary>The program.</summary>
    public string Program => _scratch["inspect"];

    /// <summary>A copy of it that belongs to root and is set-user-ID.</summary>
    public string SetUserIdCopy => _scratch["setuid"];

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        File.SetUnixFileMode(_scratch.Folder, Open);
        await CFixture.CompileAsync("inspect", _scratch);
        File.Copy(Program, SetUserIdCopy);
        File.SetUnixFileMode(SetUserIdCopy, SetUserId);
        Directory.CreateDirectory(_scratch["jail/inner"]);
        Directory.CreateDirectory(_scratch["jail/bin"]);
        File.Copy(Program, _scratch["jail/bin/inspect"]);

        var cases = ChildCase.All.Where(child => Environment.IsPrivilegedProcess || !child.NeedsRoot).ToList();
        var ports = string.Join('\n', cases.Select(child => child.Ports));
        var services = string.Join('\n', cases.Select(Section));
        _daemon = await Daemon.StartAsync($"[ports]\n{ports}\n{services}", new DaemonSetup
        {
            Through = [Program, "--with-key"],
            Environment = new Dictionary<string, string> { ["PASSED"] = "by the daemon", ["PASSED2"] = "by the daemon", ["SECRET"] = "x" },
        });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await (_daemon?.DisposeAsync() ?? default);
        _scratch.Dispose();
    }

    /// <summary>What a child of the service says, by the word before the first <c>=</c>, and its client.</summary>
    public async Task<(ILookup<string, string> Said, string Client, string Server)> AskAsync(ChildCase child, string address = "127.0.0.1")
    {
        var server = new IPEndPoint(IPAddress.Parse(address), Daemon.Port(child.Name));
        var isDatagram = child.Protocol == "UDP";
        using var socket = new Socket(
            server.AddressFamily, isDatagram ? SocketType.Dgram : SocketType.Stream, isDatagram ? ProtocolType.Udp : ProtocolType.Tcp);
        using var deadline = new CancellationTokenSource(Deadline.Default);
        await socket.ConnectAsync(server, deadline.Token);
        await socket.SendAsync("--evil $(reboot)\n"u8.ToArray(), deadline.Token);

        var buffer = new byte[1 << 16];
        var length = 0;
        for (var count = -1; count != 0 && !(isDatagram && length > 0); length += count)
        {
            count = await socket.ReceiveAsync(buffer.AsMemory(length), deadline.Token);
        }

        var said = Encoding.UTF8.GetString(buffer, 0, length).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('=', 2))
            .ToLookup(parts => parts[0], parts => parts[1]);
        return (said, $"{socket.LocalEndPoint}", $"{server}");
    }

    private string Section(ChildCase child)
    {
        var keys = child.Keys
            .Replace("%execute%", $"exec = [\"%program%\", \"--execute\", \"{SetUserIdCopy}\"]", StringComparison.Ordinal)
            .Replace("%program%", Program, StringComparison.Ordinal)
            .Replace("%dir%", _scratch.Folder, StringComparison.Ordinal);
        var exec = keys.Contains("exec = ", StringComparison.Ordinal) ? "" : $"exec = [\"{Program}\"]\n";
        return $"[services.{child.Name}]\n{exec}{keys}\n";
    }
}
