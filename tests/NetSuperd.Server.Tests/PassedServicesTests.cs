using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests;

/// <summary>The services that handlers name, and the services that no client can reach.</summary>
public sealed class PassedServicesTests : TestedLoader
{
    [Theory]
    [InlineData("good", null)]
    [InlineData("child", null)]
    [InlineData("off", null)]
    [InlineData("god", "4:25: Error: 'mux' passes connections to the unknown service 'god'; did you mean 'good'?")]
    [InlineData("qotd", "4:25: Error: 'mux' passes connections to the unknown service 'qotd'; for the handler")]
    [InlineData("mux", "4:25: Error: 'mux' cannot pass connections to 'mux': 'mux' leads back to it")]
    [InlineData("back", "4:25: Error: 'mux' cannot pass connections to 'back': 'back' leads back to it")]
    [InlineData("waits", "4:25: Error: 'mux' cannot pass connections to 'waits': its child gets the listening socket")]
    [InlineData("deaf", "4:25: Error: 'mux' cannot pass connections to 'deaf': its handler 'deaf' serves datagrams only")]
    public async Task Check_AServiceThatGetsConnectionsOfAnother_MustTakeThem(string name, string? error)
    {
        Folder.Write("map.toml", $"""
            [ports]
            1 = "mux"
            [services]
            mux.settings.services = ["{name}"]
            mux.handler = "tcpmux"
            good.handler = "echo"
            back.handler = "tcpmux"
            back.settings.services = ["mux"]
            back.enabled = {(name == "back" ? "true" : "false")}
            deaf.handler = "deaf"
            deaf.enabled = {(name == "deaf" ? "true" : "false")}
            off.handler = "echo"
            off.enabled = false
            [services.child]
            exec = ["/bin/true"]
            user = "{Environment.UserName}"
            enabled = {(name == "child" ? "true" : "false")}
            [services.waits]
            exec = ["/bin/true"]
            user = "{Environment.UserName}"
            wait = true
            enabled = {(name == "waits" ? "true" : "false")}
            """);

        var (loaded, configuration) = Loader.Complete(MapLoader.Load(Loader.Request), running: null);

        await configuration.DisposeAsync();
        var problems = loaded.Problems
            .Select(problem => $"{problem.At.Line}:{problem.At.Column}: {problem.Severity}: {problem.Message}")
            .ToList();
        Assert.Equal(error is not null, loaded.HasErrors);
        Assert.True(
            error is null || problems.Exists(problem => problem.StartsWith(error, StringComparison.Ordinal)), string.Join('\n', problems));
        Assert.Equal(
            name != "good",
            problems.Exists(problem => problem.Contains("no entry in [ports] names service 'good'", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("good", null)]
    [InlineData("agent", null)]
    [InlineData("off", null)]
    [InlineData("god", "4:27: Error: 'agent' shows the state of the unknown service 'god'; did you mean 'good'?")]
    [InlineData("qotd", "4:27: Error: 'agent' shows the state of the unknown service 'qotd'; for the handler of that name write")]
    public async Task Check_AServiceWhoseStateAHandlerShows_MustBeThere(string name, string? error)
    {
        Folder.Write("map.toml", $"""
            [ports]
            1 = "agent"
            [services]
            agent.settings.services = ["{name}"]
            agent.handler = "agent-check"
            good.handler = "echo"
            off.handler = "echo"
            off.enabled = false
            """);

        var (loaded, configuration) = Loader.Complete(MapLoader.Load(Loader.Request), running: null);

        await configuration.DisposeAsync();
        var errors = loaded.Problems.Where(problem => problem.Severity == Severity.Error)
            .Select(problem => $"{problem.At.Line}:{problem.At.Column}: {problem.Severity}: {problem.Message}");
        Assert.StartsWith(error ?? "", string.Join('\n', errors), StringComparison.Ordinal);
        Assert.Equal(error is not null, loaded.HasErrors);

        // To show a service does not bring it clients.
        Assert.Contains(loaded.Problems, problem => problem.Message == "no entry in [ports] names service 'good'");
    }

    [Fact]
    public async Task Check_AHandlerThatStays_StillReachesItsServices()
    {
        const string Map = "[ports]\n1 = \"tcpmux\"\n[services.tcpmux]\nhandler = \"tcpmux\"\nsettings.services = [\"it\"]\n";
        Folder.Write("map.toml", Map + "[services.it]\nhandler = \"echo\"\n");
        var (first, running) = Loader.Complete(MapLoader.Load(Loader.Request), running: null);
        Assert.Empty(first.Problems);

        var (same, next) = await Loader.ReadAgainAsync(running, NoWorkers);
        Assert.Empty(same.Problems);
        Assert.Same(running.HandlersByName["tcpmux"], next!.HandlersByName["tcpmux"]);
        Folder.Write("map.toml", Map);
        var (without, _) = await Loader.ReadAgainAsync(next, NoWorkers);

        Assert.Equal(4, Assert.Single(without.Problems).At.Line);
        await next.DisposeAsync();
        await running.DisposeAsync();
    }
}
