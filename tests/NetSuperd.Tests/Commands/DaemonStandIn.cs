using NetSuperd.Control;
using NetSuperd.Server.Tally;
using NetSuperd.Server.Tests;
using NetSuperd.Tests.Control;

namespace NetSuperd.Tests.Commands;

/// <summary>A control socket in a folder of its own, behind which there is no daemon but what the test says.</summary>
internal sealed class DaemonStandIn : IAsyncDisposable
{
    public static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netsuperd-commands-");
    private readonly RecordingLogger _log = new();
    private ControlServer? _server;

    public string Folder => _folder.FullName;

    public string Place => Path.Combine(Folder, "control.sock");

    /// <summary>What was asked for.</summary>
    public List<ControlRequest> Requests { get; } = [];

    public Func<ControlRequest, ControlAnswer> Answer { get; set; } = _ => ControlAnswer.Of(0);

    public static DaemonStatus Status(params ServiceStatus[] services) =>
        new(4711, Now.AddDays(-3.5), Now.AddMinutes(-2.5), "/etc/netsuperd/netsuperd.toml", 3, services, [], null, []);

    public static ServiceStatus Service(string name) =>
        new(name, "handler", "serving", null, Now.AddHours(-5.5), 2, new Dictionary<string, long>(), new Dictionary<string, long>(), []);

    public DaemonStandIn Start()
    {
        (_server, var failure) = ControlServer.Open(
            new ControlPlace(Place, MakesFolder: false), new OperatorStandIn(AnswerAsync), _log, TimeProvider.System);
        Assert.Null(failure);
        _server!.Start();
        return this;
    }

    public async Task StopAsync()
    {
        if (_server is { } server)
        {
            server.Unlink();
            await server.DisposeAsync();
            _server = null;
        }
    }

    public string Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Delete(recursive: true);
        _log.Dispose();
    }

    private Task<ControlAnswer> AnswerAsync(ControlRequest request)
    {
        lock (Requests)
        {
            Requests.Add(request);
        }

        return Task.FromResult(Answer(request));
    }
}
