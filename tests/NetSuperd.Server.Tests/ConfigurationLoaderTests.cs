using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests;

/// <summary>A map with its plugins and handlers, and what only these tell of its sockets.</summary>
public sealed class ConfigurationLoaderTests : TestedLoader
{
    [Theory]
    [InlineData("7 = \"echo\"", null)]
    [InlineData("\"7/udp\" = \"echo\"", null)]
    [InlineData("\"7/udp\" = \"streams\"", "streams")]
    [InlineData("\"/tmp/it.sock\" = { service = \"streams\", type = \"datagram\" }", "streams")]
    [InlineData("\"7/udp\" = \"child\"", "child")]
    [InlineData("\"7/udp\" = \"waits\"", null)]
    public async Task Complete_ASocketThatItsServiceCannotServe_IsAnErrorAtItsEntry(string entry, string? word)
    {
        Folder.Write("map.toml", $"""
            [ports]
            {entry}
            9 = "echo"
            [services.streams]
            handler = "unready"
            [services.child]
            exec = ["/bin/true"]
            user = "{Environment.UserName}"
            [services.waits]
            exec = ["/bin/true"]
            user = "{Environment.UserName}"
            wait = true
            """);

        var (loaded, configuration) = Loader.Complete(MapLoader.Load(Loader.Request), running: null);

        await configuration.DisposeAsync();
        var errors = loaded.Problems.Where(problem => problem.Severity == Severity.Error).ToList();
        Assert.Equal(word is null ? [] : [2], errors.Select(error => error.At?.Line));
        var name = word == "streams" ? "'unready'" : $"'{word}'";
        Assert.All(errors, error => Assert.Contains(name, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("unready", "streams only")]
    [InlineData("deaf", "datagrams only")]
    [InlineData("echo", "streams and datagrams")]
    public async Task Complete_ASocketThatNoHandlerCanServe_IsAnErrorThatSaysWhatItsHandlerServes(string handler, string served)
    {
        Folder.Write("map.toml", $"[ports]\n\"@it\" = {{ service = \"{handler}\", type = \"seqpacket\" }}\n");

        var (loaded, configuration) = Loader.Complete(MapLoader.Load(Loader.Request), running: null);

        await configuration.DisposeAsync();
        var error = Assert.Single(loaded.Problems, problem => problem.Severity == Severity.Error);
        Assert.Contains($"'{handler}' serves {served};", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAgain_AServiceThatIsTheSame_KeepsItsHandler()
    {
        Folder.Write("map.toml", "[ports]\n7 = \"echo\"\n");
        var (_, running) = Loader.Complete(MapLoader.Load(Loader.Request), running: null);
        Folder.Write("map.toml", "[ports]\n7 = \"echo\"\n17 = \"qotd\"\n");

        var (loaded, next) = await Loader.ReadAgainAsync(running, NoWorkers);

        Assert.Empty(loaded.Problems);
        Assert.Same(running.HandlersByName["echo"], next!.HandlersByName["echo"]);
        Assert.Equal(["echo", "qotd"], next.HandlersByName.Keys.Order());
        await next.DisposeAsync();
        await running.DisposeAsync();
    }

    [Fact]
    public async Task ReadAgain_AMapWithAnError_GivesNothingAndDisposesOfTheHandlersThatItMade()
    {
        Folder.Write("map.toml", "[ports]\n7 = \"echo\"\n");
        var (_, running) = Loader.Complete(MapLoader.Load(Loader.Request), running: null);
        Folder.Write("map.toml", "[ports]\n7 = \"echo\"\n9 = \"unready\"\n\"9/udp\" = \"unready\"\n");
        var before = Unready.Disposed;

        var (loaded, next) = await Loader.ReadAgainAsync(running, NoWorkers);

        Assert.Equal((true, null), (loaded.HasErrors, next));
        Assert.Equal(before + 1, Unready.Disposed);
        await running.DisposeAsync();
    }

    /// <summary>A handler of datagrams alone.</summary>
    [Handler("deaf")]
    public sealed class Deaf : IDatagramHandler
    {
        public void Handle(in Datagram request, IDatagramReply reply)
        {
        }
    }

    /// <summary>A handler of streams alone.</summary>
    [Handler("unready")]
    public sealed class Unready : IStreamHandler, IDisposable
    {
        public static int Disposed { get; private set; }

        public Task HandleAsync(StreamConnection connection, CancellationToken stopping) => Task.CompletedTask;

        public void Dispose() => Disposed++;
    }
}
