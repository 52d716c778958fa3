using Microsoft.Extensions.Logging;
using NetSuperd.Linux;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;
using NetSuperd.Server.Tests.Config;

namespace NetSuperd.Server.Tests.Serve;

public sealed class HandlerSetTests : IDisposable
{
    private static readonly SettingPosition ValueAt = new("map.toml", 7, 9, 4);
    private static readonly SettingPosition KeyAt = new("map.toml", 7, 1, 3);

    private readonly RecordingLogger _log = new();
    private readonly HandlerCatalog _catalog = new();
    private readonly List<ConfigProblem> _problems = [];
    private bool _toRun = true;

    public HandlerSetTests()
    {
        foreach (var type in (Type[])[
            typeof(Plain), typeof(Particular), typeof(TwoConstructors), typeof(Greedy), typeof(Throwing), typeof(Reading), typeof(Typed)])
        {
            Assert.Null(_catalog.Add(type, "tests", new Plugin("/plugins/tests.dll", "", null!, [], [])));
        }
    }

    public void Dispose() => _log.Dispose();

    [Fact]
    public void Create_AHandler_GetsLoggerNameAndSettings()
    {
        var service = Maps.Handler("particular", Of(("greeting", "hi"))) with { Name = "hello" };
        var handler = Assert.IsType<Particular>(Create(service)[service].Handler);

        Assert.Empty(_problems);
        handler.Logger.Log(LogLevel.Information, default, "said", null, static (text, _) => text);
        Assert.Equal("hello", Assert.Single(_log.Events)["Service"]);
        Assert.Equal(("hello", "hi"), (handler.Info.Name, handler.Greeting));
    }

    [Fact]
    public void Create_AHandlerWithTypedLogger_LogsForItsService()
    {
        var service = Maps.Handler("typed", Of(("count", 3L))) with { Name = "hello" };
        var handler = Assert.IsType<Typed>(Create(service)[service].Handler);
        handler.Logger.Log(LogLevel.Information, default, "typed", null, static (text, _) => text);
        handler.Loggers.CreateLogger("any").Log(LogLevel.Information, default, "made", null, static (text, _) => text);

        Assert.Equal(["hello", "hello"], _log.Events.Select(logged => logged["Service"]));
    }

    [Fact]
    public void Create_SeveralSettingsThatAreRefused_AreAnErrorEach()
    {
        Assert.Empty(Create(Maps.Handler("typed", Of(("count", "x"), ("name", 1L)))));

        Assert.Equal(2, _problems.Count);
        Assert.All(_problems, problem => Assert.Equal(new Position(Maps.Source, 7, 9, 4), problem.At));
    }

    [Fact]
    public void Create_TwoServicesOfOneHandler_HaveAnInstanceEach()
    {
        var (one, two) = (Maps.Handler("plain") with { Name = "one" }, Maps.Handler("plain") with { Name = "two" });
        var made = Create(one, two);

        Assert.NotSame(made[one].Handler, made[two].Handler);
        Assert.False(made[one].IsBuiltin);
    }

    [Fact]
    public void Create_DisabledServicesAndChildren_AreLeftOut()
    {
        Assert.Empty(Create(Maps.Handler("nobody") with { Enabled = false }, Maps.Child("cat", "/bin/cat")));
        Assert.Empty(_problems);
    }

    [Theory]
    [InlineData("two")]
    [InlineData("greedy")]
    [InlineData("throwing")]
    public void Create_AConstructorThatCannotBeCalled_IsAnErrorAtTheHandlersName(string handler)
    {
        var service = Maps.Handler(handler);

        Assert.Empty(Create(service));
        var problem = Assert.Single(_problems);
        Assert.Equal((Severity.Error, service.HandlerAt), (problem.Severity, problem.At));
        Assert.Contains(
            handler == "throwing" ? "'throwing'" : typeof(HandlerSetTests).FullName!, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_ASettingThatIsRefused_IsAnErrorAtItsValue()
    {
        Assert.Empty(Create(Maps.Handler("particular", Of(("greeting", 5L)))));

        Assert.Equal(new Position(Maps.Source, 7, 9, 4), Assert.Single(_problems).At);
    }

    [Fact]
    public void Create_AComplaintAboutTheWhole_IsAnErrorAtTheHandlersName()
    {
        var service = Maps.Handler("particular", Of(("greeting", "")));
        Assert.Empty(Create(service));

        Assert.Equal(service.HandlerAt, Assert.Single(_problems).At);
    }

    [Fact]
    public void Create_SettingsThatTheHandlerDoesNotRead_AreErrorsAtTheirKeys()
    {
        Create(Maps.Handler("particular", Of(("greeting", "hi"), ("greting", "ho"), ("table", Of(("inner", 1L))))));

        Assert.All(_problems, problem =>
            Assert.Equal((Severity.Error, new Position(Maps.Source, 7, 1, 3)), (problem.Severity, problem.At)));
        Assert.Equal(2, _problems.Count);
        Assert.Contains("'greting'", _problems[0].Message, StringComparison.Ordinal);
        Assert.Contains("'table'", _problems[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_AnUnknownHandler_SuggestsTheNearest()
    {
        Assert.Empty(Create(Maps.Handler("plian")));

        Assert.Contains("'plain'", Assert.Single(_problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_AnUnknownServiceOfAPort_SuggestsServicesToo()
    {
        var implied = Maps.Handler("fingre") with { HandlerAt = Maps.At(1) };
        Assert.Empty(Create(implied, Maps.Child("finger", "/bin/cat")));

        Assert.Contains("'finger'", Assert.Single(_problems).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, Severity.Error)]
    [InlineData(false, Severity.Warning)]
    public void Create_AFileThatAnotherUserCouldChange_IsAComplaintAtItsPlace(bool toRun, Severity severity)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("file", "");
        _toRun = toRun;
        Create(Maps.Handler("reading", Of(("file", file))));
        Assert.Empty(_problems);

        File.SetUnixFileMode(file, (UnixFileMode)0x1B6);
        Create(Maps.Handler("reading", Of(("file", file))));

        var problem = Assert.Single(_problems);
        Assert.Equal((severity, ValueAt.Line), (problem.Severity, problem.At.Line));
        Assert.EndsWith($"chmod go-w {file}", problem.Message, StringComparison.Ordinal);
    }

    private Dictionary<Service, HandlerInstance> Create(params Service[] services) =>
        new HandlerSet(
            _catalog,
            new ConnectionTally(_log, TimeProvider.System).Use,
            _log,
            new HandlerHost(),
            new LoadRequest { Host = new LinuxHost(), ToRun = _toRun, IsRoot = true, DefaultPlugins = "", ExecHelper = "" },
            _problems).Create(Maps.OfServices(services), new Dictionary<string, HandlerInstance>());

    private static Settings Of(params (string Key, object Value)[] values) =>
        new(values.ToDictionary(pair => pair.Key, pair => new Setting(pair.Value, ValueAt, KeyAt)));

    [Handler("reading")]
    public sealed class Reading : Silent
    {
        public Reading(ServiceInfo info) => info.Settings.GetFile("file");
    }

    public abstract class Silent : IStreamHandler
    {
        public Task HandleAsync(StreamConnection connection, CancellationToken stopping) => Task.CompletedTask;
    }

    [Handler("plain")]
    public sealed class Plain : Silent;

    [Handler("particular")]
    public sealed class Particular : Silent
    {
        public Particular(ILogger logger, ServiceInfo info)
        {
            (Logger, Info, Greeting) = (logger, info, info.Settings.GetString("greeting", "hello"));
            if (Greeting.Length == 0)
            {
                throw info.Settings.Error("none", "a greeting is needed");
            }
        }

        public ILogger Logger { get; }

        public ServiceInfo Info { get; }

        public string Greeting { get; }
    }

    [Handler("typed")]
    public sealed class Typed : Silent
    {
        public Typed(ILogger<Typed> logger, ILoggerFactory loggers, ServiceInfo info)
        {
            (Logger, Loggers) = (logger, loggers);
            info.Settings.Bind<Wanted>();
        }

        public ILogger Logger { get; }

        public ILoggerFactory Loggers { get; }
    }

    public sealed record Wanted(int Count, string Name = "");

    [Handler("two")]
    public sealed class TwoConstructors : Silent
    {
        public TwoConstructors()
        {
        }

        public TwoConstructors(ILogger logger) => ArgumentNullException.ThrowIfNull(logger);
    }

    [Handler("greedy")]
    public sealed class Greedy : Silent
    {
        public Greedy(Stream all) => ArgumentNullException.ThrowIfNull(all);
    }

    [Handler("throwing")]
    public sealed class Throwing : Silent
    {
        public Throwing() => throw new InvalidOperationException("a bug");
    }
}
