using Microsoft.Extensions.Logging.Abstractions;
using NetSuperd.Builtins;
using NetSuperd.Linux;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Tally;
using NetSuperd.Server.Tests.Config;

namespace NetSuperd.Server.Tests;

/// <summary>A loader of the map in a folder of its own.</summary>
public abstract class TestedLoader : IDisposable
{
    private readonly RecordingLogger _log = new();

    private protected TestedLoader() => Loader = new ConfigurationLoader(
        new LoadRequest
        {
            Host = new LinuxHost(),
            File = Path.Combine(Folder.Path, "map.toml"),
            ToRun = true,
            IsRoot = false,
            DefaultPlugins = Path.Combine(Folder.Path, "plugins"),
            ExecHelper = "/bin/true",
        },
        [
            typeof(EchoHandler), typeof(QotdHandler), typeof(TcpmuxHandler), typeof(AgentCheckHandler),
            typeof(ConfigurationLoaderTests.Unready), typeof(ConfigurationLoaderTests.Deaf), typeof(HandlerLifeTests.Lively),
        ],
        NullLoggerFactory.Instance,
        new HandlerHost(),
        new ConnectionTally(_log, TimeProvider.System));

    private protected TemporaryFolder Folder { get; } = new();

    private protected ConfigurationLoader Loader { get; }

    /// <summary>For maps whose handlers all serve inside the daemon.</summary>
    private protected static IProcesses NoWorkers => NoProcesses.Instance;

    public void Dispose()
    {
        Folder.Dispose();
        _log.Dispose();
        GC.SuppressFinalize(this);
    }
}
