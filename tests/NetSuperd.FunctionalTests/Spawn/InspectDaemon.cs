using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>A daemon whose children say what they were given.</summary>
public sealed class InspectDaemon : IAsyncLifetime
{
    private readonly Scratch _scratch = new();
    private Daemon? _daemon;

    /// <summary>The daemon.</summary>
    public Daemon Daemon => _daemon!;

    /// <summary>The program.</summary>
    public string Program { get; private set; } = "";

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Program = await CProgram.CompileAsync("inspect", _scratch);
        _daemon = await Daemon.StartAsync($$"""
            [ports]
            %plain% = "plain"
            %tuned% = "tuned"
            [services.plain]
            exec = ["{{Program}}"]
            [services.tuned]
            exec = ["{{Program}}", "-l", "two words", "$HOME", ""]
            argv0 = "in.tuned"
            cwd = "/usr"
            umask = "077"
            env = { GREETING = "hello world", PATH = "/bin", PASSED = "by env" }
            pass_env = ["PASSED", "PASSED2", "NOWHERE"]
            """, new DaemonSetup
        {
            Environment = new Dictionary<string, string> { ["PASSED"] = "by the daemon", ["PASSED2"] = "by the daemon", ["SECRET"] = "x" },
        });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await (_daemon?.DisposeAsync() ?? default);
        _scratch.Dispose();
    }

    /// <summary>What a child of the service says, by the word before the first <c>=</c>, and the client that it was started for.</summary>
    public async Task<(ILookup<string, string> Said, TcpPeer Client)> AskAsync(string service, string address = "127.0.0.1")
    {
        using var client = await Daemon.ConnectAsync(service, address);
        await client.SendAsync("--evil $(reboot)\n");
        var said = (await client.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('=', 2))
            .ToLookup(parts => parts[0], parts => parts[1]);
        return (said, client);
    }
}
