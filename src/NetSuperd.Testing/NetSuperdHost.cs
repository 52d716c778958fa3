// A test starts the daemon from outside, as a developer does; the rule is for the daemon itself.
#pragma warning disable RS0030
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace NetSuperd.Testing;

/// <summary>The built daemon with a map of its own, on free ports, for a test from end to end.</summary>
/// <remarks>
/// In the map <c>%NAME%</c> is a free port, the same one wherever the name stands; <c>%dir%</c> is a folder of this daemon, which is
/// removed at the end, and <c>%plugins%</c> the folder <c>plugins</c> beside the test.
/// </remarks>
public sealed partial class NetSuperdHost : IAsyncDisposable
{
    private const int MostStarts = 5;
    private const int SystemError = 71;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string Plugins = Path.Combine(AppContext.BaseDirectory, "plugins");

    private readonly Process _process;
    private readonly string _program;
    private readonly string _folder;
    private readonly Dictionary<string, int> _ports;

    private NetSuperdHost(Process process, string program, string folder, Dictionary<string, int> ports)
    {
        _process = process;
        _program = program;
        _folder = folder;
        _ports = ports;
        Log = new HostLog(process.StandardError);
    }

    /// <summary>Whether there is a <c>netsuperd</c>, which <see cref="StartAsync"/> would run.</summary>
    public static bool IsFound => Find() is not null;

    /// <summary>The process id of the daemon.</summary>
    public int Pid => _process.Id;

    /// <summary>The log of the daemon.</summary>
    public HostLog Log { get; }

    /// <summary>Starts a daemon, and waits until it listens.</summary>
    /// <param name="map">
    /// The map, whose log goes to standard error, as by default. A control socket of its own is added, and the folder <c>%plugins%</c>
    /// unless the map names another one.
    /// </param>
    /// <param name="program">
    /// The path of <c>netsuperd</c>; by default the environment variable <c>NETSUPERD</c>, or else <c>netsuperd</c> on <c>PATH</c>.
    /// </param>
    /// <exception cref="FileNotFoundException">There is no <c>netsuperd</c>.</exception>
    /// <exception cref="InvalidOperationException">The daemon has ended; the message has its last lines.</exception>
    public static async Task<NetSuperdHost> StartAsync(string map, string? program = null)
    {
        for (var start = 1; ; start++)
        {
            var host = Launch(map, Existing(program));
            if (await host.Log.TryFindAsync("Started as process", Patience).ConfigureAwait(false))
            {
                return host;
            }

            await host._process.WaitForExitAsync().ConfigureAwait(false);
            var status = host._process.ExitCode;
            await host.DisposeAsync().ConfigureAwait(false);

            // Another process may have taken a port between the probe and the bind.
            if (status != SystemError || host._ports.Count == 0 || start == MostStarts)
            {
                throw new InvalidOperationException($"netsuperd ended with status {status}:\n{string.Join('\n', host.Log.Lines)}");
            }
        }
    }

    /// <summary>The port that the map calls <c>%NAME%</c>.</summary>
    public int Port(string name) => _ports[name];

    /// <summary>Connects to the TCP port that the map calls <c>%NAME%</c>.</summary>
    public async Task<TcpClient> ConnectAsync(string name)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port(name)).ConfigureAwait(false);
        return client;
    }

    /// <summary>Runs a command for this daemon, such as <c>status</c> or <c>reload</c>.</summary>
    /// <returns>What it prints.</returns>
    /// <exception cref="InvalidOperationException">The command failed; the message is what it said.</exception>
    public async Task<string> CommandAsync(string command, params string[] arguments)
    {
        using var process = Process.Start(Begin(_program, [command, .. arguments, "--control", Path.Combine(_folder, "control.sock")]))!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        return process.ExitCode == 0 ? output : throw new InvalidOperationException(
            $"netsuperd {command} ended with status {process.ExitCode}: {await errors.ConfigureAwait(false)}");
    }

    /// <summary>Stops the daemon in order.</summary>
    /// <returns>Its exit status; 0 after an orderly stop.</returns>
    public async Task<int> StopAsync()
    {
        if (!_process.HasExited)
        {
            await CommandAsync("stop").ConfigureAwait(false);
        }

        await _process.WaitForExitAsync().ConfigureAwait(false);
        return _process.ExitCode;
    }

    /// <summary>Kills the daemon unless it has been stopped, and removes its folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync().ConfigureAwait(false);
        await Log.Ended.ConfigureAwait(false);
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static NetSuperdHost Launch(string map, string program)
    {
        var folder = Directory.CreateTempSubdirectory("netsuperd-").FullName;
        var ports = new Dictionary<string, int>();
        var text = Placeholder().Replace(WithDaemon(map), match => match.Groups[1].Value switch
        {
            "dir" => folder,
            "plugins" => Plugins,
            var name => (ports.TryGetValue(name, out var port) ? port : ports[name] = FreePort()).ToString(CultureInfo.InvariantCulture),
        });
        var config = Path.Combine(folder, "map.toml");
        File.WriteAllText(config, text);
        return new NetSuperdHost(Process.Start(Begin(program, ["run", "--config", config]))!, program, folder, ports);
    }

    /// <summary>Adds what every map of a test needs to its table of the daemon.</summary>
    private static string WithDaemon(string map)
    {
        var keys = "control = \"%dir%/control.sock\"\n"
            + (map.Contains("plugins =", StringComparison.Ordinal) || !Directory.Exists(Plugins) ? "" : "plugins = \"%plugins%\"\n");
        return DaemonTable().Match(map) is { Success: true } table
            ? map.Insert(table.Index + table.Length, keys)
            : $"{map}\n[daemon]\n{keys}";
    }

    private static ProcessStartInfo Begin(string program, IEnumerable<string> arguments) => new(program, arguments)
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };

    private static string? Find() => Environment.GetEnvironmentVariable("NETSUPERD") is { Length: > 0 } named
        ? named
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, "netsuperd"))
            .FirstOrDefault(File.Exists);

    private static string Existing(string? program) => (program ?? Find()) is not { } found
        ? throw new FileNotFoundException("there is no netsuperd on PATH; set the environment variable NETSUPERD to its path")
        : File.Exists(found) ? found : throw new FileNotFoundException($"there is no netsuperd at {found}", found);

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Any, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    [GeneratedRegex("%([A-Za-z0-9_-]+)%")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"^\[daemon\][^\n]*\n", RegexOptions.Multiline)]
    private static partial Regex DaemonTable();
}
