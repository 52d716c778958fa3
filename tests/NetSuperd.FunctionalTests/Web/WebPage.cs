using System.Globalization;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Web;

/// <summary>The page of a daemon, in a process of its own.</summary>
internal sealed class WebPage : IAsyncDisposable
{
    /// <summary>A map whose daemon answers questions of the group of the user nobody.</summary>
    public const string Map = """
        [daemon]
        status_group = "nogroup"

        [ports]
        "127.0.0.1:%echo%" = "echo"
        "127.0.0.1:%shut%" = "shut"

        [services.echo]
        handler = "echo"

        [services.shut]
        handler = "discard"
        allow = []
        """;

    private readonly RunningProcess _process;

    private WebPage(RunningProcess process, int port)
    {
        _process = process;
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    /// <summary>A browser without a window.</summary>
    public HttpClient Client { get; }

    /// <summary>The process that serves the page.</summary>
    public int Pid => _process.Pid;

    /// <summary>What the process has said on its standard error so far.</summary>
    public string Errors => _process.Errors.Text;

    /// <summary>Starts a daemon whose folder other users may pass through, as that of an installed one.</summary>
    public static Task<Daemon> StartDaemonAsync(string map) => Daemon.StartAsync(map, new DaemonSetup
    {
        Prepare = scratch => File.SetUnixFileMode(scratch.Folder, File.GetUnixFileMode(scratch.Folder) | UnixFileMode.OtherExecute),
    });

    /// <summary>Starts the page, and waits until it is served.</summary>
    public static Task<WebPage> StartAsync(Daemon daemon, params string[] options) =>
        StartAsync(daemon, BuiltTree.Program, ["web", .. options]);

    /// <summary>The same with so many descriptors.</summary>
    public static Task<WebPage> StartAsync(Daemon daemon, int descriptors) =>
        StartAsync(daemon, "prlimit", [$"--nofile={descriptors}:{descriptors}", BuiltTree.Program, "web"]);

    private static async Task<WebPage> StartAsync(Daemon daemon, string program, string[] arguments)
    {
        var port = FreePorts.Next();
        var process = RunningProcess.Start(
            program,
            [
                .. arguments, "--listen", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"),
                "--control", daemon.Scratch["control.sock"],
            ]);
        await process.Errors.FindAsync(line => line.Contains("the page is at", StringComparison.Ordinal) ? line : null, "the page");
        return new WebPage(process, port);
    }

    /// <summary>Asks for a path.</summary>
    /// <returns>The status and the text.</returns>
    public async Task<(int Status, string Text)> GetAsync(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await SendAsync(request);
    }

    /// <summary>Opens a stream of events.</summary>
    public async Task<StreamReader> WatchAsync(string path)
    {
        var answer = await Client.GetStreamAsync(path, TestContext.Current.CancellationToken);
        return new StreamReader(answer);
    }

    /// <summary>Sends a request.</summary>
    /// <returns>The status and the text.</returns>
    public async Task<(int Status, string Text)> SendAsync(HttpRequestMessage request)
    {
        using var answer = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited)
        {
            _process.Signal(RunningProcess.SIGTERM);
        }

        var status = await _process.ExitAsync();
        Assert.True(status == 0, $"the page ended with {status}:\n{_process.Errors.Tail}");
        await _process.DisposeAsync();
    }
}
