using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Reload;

/// <summary>
/// A child of <c>wait = true</c> serves by what it was started with, and so it ends when the map or the operator wants something else.
/// </summary>
public sealed class WaitingChildTests
{
    // Answers every datagram with the number of its process and a word of the map, until it is ended.
    private const string Answers = "open(S, q(+<&=0)); while (1) { $from = recv(S, $_, 100, 0); send(S, qq($$ $ENV{WORD}), 0, $from) }";

    private const string Ignores = "$SIG{TERM} = q(IGNORE);";

    [Theory]
    [InlineData("WORD = \"one\"", "WORD = \"two\"")]
    [InlineData("deny = []", "deny = [\"127.0.0.2\"]")]
    [InlineData("deny = []", "deny = []\numask = \"077\"")]
    [InlineData("deny = []", "deny = []\ntimes = [\"mon-sun 00:00-24:00\"]")]
    public async Task Reload_AServiceThatIsChanged_HasAnotherChild(string before, string after)
    {
        await using var daemon = await StartAsync();
        using var client = DatagramPeer.Of(daemon.Port("p"));
        var first = await AskAsync(client);
        daemon.Edit(map => map.Replace(before, after, StringComparison.Ordinal));

        await daemon.DoAsync("reload");

        Assert.Equal("changed", (await daemon.WaitForEventAsync("ChildEnding"))["Reason"]);
        await daemon.WaitForEventAsync("ChildEnded", found => found["Pid"] == first.Pid);
        if (after.Contains("127.0.0.2", StringComparison.Ordinal))
        {
            // Other addresses mean a new socket.
            await daemon.WaitForEventAsync("BindRecovered");
        }

        var second = await AskAsync(client);
        Assert.NotEqual(first.Pid, second.Pid);
        Assert.Equal(after.Contains("two", StringComparison.Ordinal) ? "two" : "one", second.Word);
        Assert.DoesNotContain(daemon.Events, found => found.Name is "WaitBackoff" or "DatagramDropped");
    }

    [Theory]
    [InlineData("deny = []", "deny = []\nmax_connections = 7")]
    [InlineData("deny = []", "deny = []\nrate = \"100/s\"")]
    [InlineData("%echo%", "")]
    [InlineData("= \"other\"", "= { service = \"other\", backlog = 7 }")]
    public async Task Reload_AServiceThatIsNotChanged_KeepsItsChild(string before, string after)
    {
        await using var daemon = await StartAsync();
        using var client = DatagramPeer.Of(daemon.Port("p"));
        var first = await AskAsync(client);
        daemon.Edit(map => map.Replace(
            before == "%echo%" ? $"\"127.0.0.1:{daemon.Port("echo")}\" = \"echo\"\n" : before, after, StringComparison.Ordinal));

        await daemon.DoAsync("reload");

        Assert.Equal(first, await AskAsync(client));
        Assert.DoesNotContain(daemon.Events, found => found.Name == "ChildEnding");
    }

    [Theory]
    [InlineData("")]
    [InlineData(Ignores)]
    public async Task Reload_AServiceThatIsRemovedAndComesBack_IsServedByANewChild(string ignores)
    {
        await using var daemon = await StartAsync(ignores);
        using var client = DatagramPeer.Of(daemon.Port("p"));
        var first = await AskAsync(client);
        var whole = File.ReadAllText(daemon.Scratch["map.toml"]);
        daemon.Edit(map => map.Replace("[services.it]\n", "[services.it]\nenabled = false\n", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        Assert.Equal("removed", (await daemon.WaitForEventAsync("ChildEnding"))["Reason"]);
        daemon.Edit(_ => whole);

        await daemon.DoAsync("reload");

        await daemon.WaitForEventAsync("ChildEnded", found => found["Pid"] == first.Pid);
        Assert.NotEqual(first.Pid, (await AskAsync(client)).Pid);
        Assert.Equal(ignores.Length > 0, daemon.Events.Any(found => found.Name == "ChildKilled"));
    }

    [Fact]
    public async Task Status_OfAChildThatIsEnding_SaysSoUntilItHasEnded()
    {
        await using var daemon = await StartAsync(Ignores, "[daemon]\ndrain = \"10m\"\n");
        using var client = DatagramPeer.Of(daemon.Port("p"));
        var child = await AskAsync(client);
        daemon.Edit(map => map.Replace($"\"127.0.0.1:{daemon.Port("p")}/udp\" = \"it\"\n", "", StringComparison.Ordinal));
        await daemon.DoAsync("reload");

        var name = $"127.0.0.1:{daemon.Port("p")}";
        Assert.Equal(("it", "ending"), await SocketAsync(daemon, name));
        Assert.Contains("ending", await daemon.AskedAsync("status"), StringComparison.Ordinal);

        await Command.OutputAsync("kill", "-KILL", child.Pid);
        await daemon.WaitForEventAsync("ListenerClosed");
        Assert.Null(await SocketAsync(daemon, name));
    }

    [Fact]
    public async Task Pause_EndsTheChildAndResumeStartsAnother()
    {
        await using var daemon = await StartAsync();
        using var client = DatagramPeer.Of(daemon.Port("p"));
        var first = await AskAsync(client);

        await daemon.DoAsync("pause", "it");
        await daemon.WaitForEventAsync("ChildEnded", found => found["Pid"] == first.Pid);
        client.Send("waits"u8.ToArray());
        await daemon.DoAsync("resume", "it");

        Assert.NotEqual(first.Pid, Parse(Encoding.ASCII.GetString(await client.HearAsync())).Pid);
        Assert.Single(daemon.Events, found => found.Name == "ChildEnding" && found["Reason"] == "paused");
    }

    [Fact]
    public async Task Reload_AStreamServiceThatIsChanged_LosesNoClientThatWaits()
    {
        await using var daemon = await StartAsync();
        using var first = await daemon.ConnectAsync("s");
        var old = Encoding.ASCII.GetString(await first.ReceiveAsync(3));
        using var waiting = await daemon.ConnectAsync("s");
        daemon.Edit(map => map.Replace("WORD = \"uno\"", "WORD = \"due\"", StringComparison.Ordinal));

        await daemon.DoAsync("reload");

        Assert.Equal("uno", old);
        Assert.Equal("due", Encoding.ASCII.GetString(await waiting.ReceiveAsync(3)));
    }

    [Theory]
    [InlineData("WORD = \"one\"", "WORD = \"two\"", true)]
    [InlineData("[services.it]\n", "[services.it]\nenabled = false\n", true)]
    [InlineData("deny = []", "deny = []\nmax_connections = 7", false)]
    public async Task Restart_UnderAnotherMap_EndsAChildThatDoesNotFit(string before, string after, bool ends)
    {
        await using var daemon = await StartAsync();
        using var client = DatagramPeer.Of(daemon.Port("p"));
        var first = await AskAsync(client);
        daemon.Edit(map => map.Replace(before, after, StringComparison.Ordinal));

        await daemon.RestartAsync();

        if (ends)
        {
            await daemon.WaitForEventAsync("ChildEnded", found => found["Pid"] == first.Pid);
        }
        else
        {
            Assert.Equal(first, await AskAsync(client));
        }

        // A reload reaches the child of the process before as well.
        daemon.Edit(map => map.Replace("WORD = \"one\"", "WORD = \"three\"", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        await daemon.WaitForEventAsync("ChildEnded", found => found["Pid"] == first.Pid);
    }

    [Fact]
    public async Task Explain_AWaitServiceOfDatagrams_SaysThatTheKernelKeepsAllowAndDeny()
    {
        await using var daemon = await StartAsync();
        daemon.Edit(map => map.Replace("deny = []", "deny = [\"127.0.0.2\"]", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        await daemon.WaitForEventAsync("BindRecovered");

        var said = await Netsuperd.RunAsync("explain", "127.0.0.2", $"{daemon.Port("p")}/udp", "--config", daemon.Scratch["map.toml"]);
        Assert.Contains("is refused (address)\n", said.Output, StringComparison.Ordinal);
        Assert.Contains("allow and deny hold for every datagram", said.Output, StringComparison.Ordinal);
        Assert.Contains("now: it would be refused (address)", said.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "first datagram", (await Netsuperd.RunAsync("check", "--config", daemon.Scratch["map.toml"])).Errors, StringComparison.Ordinal);

        using var client = DatagramPeer.Of(daemon.Port("p"));
        await AskAsync(client);
        said = await Netsuperd.RunAsync("explain", "127.0.0.2", $"{daemon.Port("p")}/udp", "--config", daemon.Scratch["map.toml"]);
        Assert.Contains("now: it would be refused (address)", said.Output, StringComparison.Ordinal);
        said = await Netsuperd.RunAsync("explain", "127.0.0.3", $"{daemon.Port("p")}/udp", "--config", daemon.Scratch["map.toml"]);
        Assert.Contains("now: it would be let in", said.Output, StringComparison.Ordinal);
    }

    private static Task<Daemon> StartAsync(string first = "", string more = "") => Daemon.StartAsync($$"""
        [ports]
        "127.0.0.1:%p%/udp" = "it"
        "127.0.0.1:%s%" = "other"
        "127.0.0.1:%echo%" = "echo"
        [services.it]
        exec = ["/usr/bin/perl", "-e", '{{first}} {{Answers}}']
        wait = true
        deny = []
        env = { WORD = "one" }
        [services.other]
        exec = ["/usr/bin/perl", "-e", 'use Socket; while (accept(C, STDIN)) { syswrite(C, $ENV{WORD}); sysread(C, $_, 1) }']
        wait = true
        env = { WORD = "uno" }
        {{more}}
        """);

    private static async Task<(string Pid, string Word)> AskAsync(DatagramPeer client) => Parse(await client.AskAsync("x"));

    private static (string Pid, string Word) Parse(string answer) => (answer.Split(' ')[0], answer.Split(' ')[1]);

    private static async Task<(string Service, string State)?> SocketAsync(Daemon daemon, string name)
    {
        var sockets = (await daemon.StatusAsync()).Sockets;
        return sockets.FirstOrDefault(socket => socket.Socket == name && socket.Transport == "udp") is { } found
            ? (found.Service, found.State)
            : null;
    }
}
