using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Reload;

/// <summary>The map is edited and read again; what did not change is not disturbed.</summary>
public sealed class ReloadTests
{
    private const string Map = """
        [ports]
        "127.0.0.1:%echo%" = "echo"
        "127.0.0.1:%cat%" = "cat"

        [services.cat]
        exec = ["/bin/cat"]
        env = { STEP = "one" }
        """;

    private const string Handlers = """
        [ports]
        "127.0.0.1:%echo%" = "echo"
        "127.0.0.1:%discard%" = "discard"

        [services.discard]
        handler = "discard"
        banner_refused = "one"
        """;

    [Fact]
    public async Task Reload_AddedRemovedAndChanged_IsServedAndTheRestIsUntouched()
    {
        await using var daemon = await Daemon.StartAsync(Map + "\n[ports.\"127.0.0.1:%gone%\"]\nservice = \"echo\"\n");
        using var handler = await daemon.ConnectAsync("echo");
        using var child = await daemon.ConnectAsync("cat");
        Assert.Equal("one", await child.TalkAsync("one"));
        var path = daemon.Scratch["new.sock"];
        daemon.Edit(map => map.Replace("[ports.\"127.0.0.1:" + daemon.Port("gone") + "\"]", $"[ports.\"{path}\"]", StringComparison.Ordinal)
            .Replace("[\"/bin/cat\"]", "[\"/bin/sh\", \"-c\", \"echo $STEP\"]", StringComparison.Ordinal)
            .Replace("STEP = \"one\"", "STEP = \"two\"", StringComparison.Ordinal));

        var dry = await daemon.AskedAsync("reload", "--dry-run");
        Assert.Contains("~ services.cat.exec", dry, StringComparison.Ordinal);
        Assert.Contains($"+ ports.\"{path}\".service = \"echo\"", dry, StringComparison.Ordinal);
        Assert.Contains($"- ports.\"127.0.0.1:{daemon.Port("gone")}/tcp\".service = \"echo\"", dry, StringComparison.Ordinal);
        var diff = await Netsuperd.RunAsync("check", "--config", daemon.Scratch["map.toml"], "--diff");
        Assert.Equal(dry, diff.Output);
        await daemon.DoAsync("reload");

        using var added = await TcpPeer.ConnectUnixAsync(path);
        Assert.Equal("here", await added.TalkAsync("here"));
        using var changed = await daemon.ConnectAsync("cat");
        Assert.Equal("two\n", await changed.ReadToEndAsync());
        Assert.Equal("still", await handler.TalkAsync("still"));
        Assert.Equal("still", await child.TalkAsync("still"));
        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => daemon.ConnectAsync("gone"));
        Assert.Equal("", await daemon.AskedAsync("reload", "--dry-run"));
    }

    [Fact]
    public async Task Reload_Counters_Continue()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var first = await daemon.ConnectAsync("cat");
        Assert.Equal("", await EndAsync(first));
        using var live = await daemon.ConnectAsync("cat");
        Assert.Equal("x", await live.TalkAsync("x"));
        await daemon.WaitForEventAsync("ChildEnded");
        daemon.Edit(map => map.Replace("\"one\"", "\"two\"", StringComparison.Ordinal));
        await daemon.DoAsync("reload");

        using var second = await daemon.ConnectAsync("cat");
        Assert.Equal("", await EndAsync(second));
        await daemon.WaitForEventsAsync("ChildEnded", 2);
        var cat = (await daemon.StatusAsync()).Service("cat");
        Assert.Equal((2, 1), (cat.Ends["exited"], cat.Live));
    }

    [OnWindows]
    [Fact]
    public async Task Reload_DuringAReload_IsDoneAfterIt()
    {
        await using var daemon = await Daemon.StartAsync(Handlers);
        daemon.Edit(map => map.Replace("\"one\"", "\"two\"", StringComparison.Ordinal));

        var all = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => daemon.AskAsync("reload")));

        Assert.All(all, result => Assert.Equal(0, result.Status));
        Assert.Equal(0, await daemon.StopAsync());
        Assert.Equal(10, daemon.Events.Count(found => found.Name == "Reloaded"));
    }

    [Theory]
    [InlineData("handler = \"echo\"", "exec = [\"/bin/cat\"]")]
    [InlineData("exec = [\"/bin/cat\"]", "handler = \"echo\"")]
    [InlineData("handler = \"echo\"", "exec = [\"/usr/bin/socat\", \"-\", \"-\"]")]
    public async Task Reload_HandlerAndChild_TakeEachOthersPlace(string before, string after)
    {
        await using var daemon = await Daemon.StartAsync($"[ports]\n\"127.0.0.1:%port%\" = \"it\"\n[services.it]\n{before}\n");
        using var old = await daemon.ConnectAsync("port");
        Assert.Equal("a", await old.TalkAsync("a"));
        daemon.Edit(map => map.Replace(before, after, StringComparison.Ordinal));

        await daemon.DoAsync("reload");

        using var fresh = await daemon.ConnectAsync("port");
        Assert.Equal("b", await fresh.TalkAsync("b"));
        Assert.Equal("c", await old.TalkAsync("c"));
    }

    [Fact]
    public async Task Reload_AWaitSocketToAHandlerAndBack_ChangesWhenItsChildHasEnded()
    {
        const string Program =
            "$SIG{TERM} = 'IGNORE'; open(my $s, '+<&=', 0); accept(my $c, $s); while (sysread($c, my $b, 100)) { syswrite($c, $b) }";
        await using var daemon = await Daemon.StartAsync(
            $"[ports]\n\"127.0.0.1:%port%\" = \"it\"\n[services.it]\nexec = [\"/usr/bin/perl\", \"-e\", \"{Program}\"]\nwait = true\n"
            + "[daemon]\ndrain = \"60s\"\n");
        using var first = await daemon.ConnectAsync("port");
        Assert.Equal("a", await first.TalkAsync("a"));
        daemon.Edit(map => map.Replace("\nwait = true", "\nenabled = true", StringComparison.Ordinal)
            .Replace("exec = [", "handler = \"echo\"\n# [", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        Assert.Equal("ending", (await daemon.StatusAsync()).Sockets[0].State);

        using var second = await daemon.ConnectAsync("port");
        await second.SendAsync("b");
        first.Finish();
        Assert.Equal("", await first.ReadToEndAsync());
        Assert.Equal("b", System.Text.Encoding.ASCII.GetString(await second.ReceiveAsync(1)));
        Assert.Equal("listening", (await daemon.StatusAsync()).Sockets[0].State);
    }

    [OnWindows]
    [Fact]
    public async Task Reload_AnAddressThatIsNotThere_FailsItsServiceUntilItComes()
    {
        using var taken = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        await using var daemon = await Daemon.StartAsync(Handlers, new DaemonSetup { Expected = ["BindFailed"] });
        var port = FreePorts.Next();
        taken.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.IPv6Any, port));
        taken.Listen();
        daemon.Edit(map => map.Replace("[ports]\n", $"[ports]\n\"[::1]:{port}\" = \"echo\"\n", StringComparison.Ordinal));

        var result = await daemon.AskAsync("reload");
        Assert.Equal(71, result.Status);
        Assert.Contains($"[::1]:{port}", result.Errors, StringComparison.Ordinal);
        await daemon.UntilAsync("echo", "failed");
        using var other = await daemon.ConnectAsync("echo");
        Assert.Equal("x", await other.TalkAsync("x"));

        taken.Dispose();
        await daemon.WaitForEventAsync("BindRecovered");
        using var client = await TcpPeer.ConnectAsync(port, "::1");
        Assert.Equal("y", await client.TalkAsync("y"));
    }

    [OnWindows]
    [Fact]
    public async Task Reload_APausedServiceThatIsRemoved_ServesTheWaitingClients()
    {
        await using var daemon = await Daemon.StartAsync(Handlers);
        await daemon.DoAsync("pause", "echo");
        using var waiting = await daemon.ConnectAsync("echo");
        await waiting.SendAsync("x");
        daemon.Edit(map => map.Replace($"\"127.0.0.1:{daemon.Port("echo")}\" = \"echo\"\n", "", StringComparison.Ordinal));

        await daemon.DoAsync("reload");

        Assert.Equal("x"u8.ToArray(), await waiting.ReceiveAsync(1));
        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => daemon.ConnectAsync("echo"));
    }

    [Fact]
    public async Task Reload_APathThatAnotherProcessHasRemoved_IsBoundAgain()
    {
        await using var daemon = await Daemon.StartAsync(
            Map + "\n[ports.\"%dir%/echo.sock\"]\nservice = \"echo\"\n[ports.\"%dir%/cat.sock\"]\nservice = \"cat\"\n",
            new DaemonSetup { Expected = ["BindFailed"] });
        File.Delete(daemon.Scratch["echo.sock"]);
        File.Delete(daemon.Scratch["cat.sock"]);
        daemon.Edit(map => map.Replace("echo.sock\"]\n", "echo.sock\"]\nmode = \"0666\"\n", StringComparison.Ordinal));

        await daemon.DoAsync("reload");

        foreach (var path in new[] { "echo.sock", "cat.sock" })
        {
            using var client = await TcpPeer.ConnectUnixAsync(daemon.Scratch[path]);
            Assert.Equal("x", await client.TalkAsync("x"));
        }

        Assert.Equal("666\n", await Command.OutputAsync("stat", "-c", "%a", daemon.Scratch["echo.sock"]));
    }

    [Fact]
    public async Task Reload_AnOptionThatCannotBeSet_FailsItsServiceUntilItCan()
    {
        await using var network = await NetworkNamespace.CreateAsync();
        await using var daemon = await Daemon.StartAsync(
            "[ports]\n7 = \"echo\"\n\"127.0.0.1:9\" = \"discard\"\n",
            new DaemonSetup { Through = network.Enter, Expected = ["BindFailed"] });
        daemon.Edit(map => map.Replace("\"discard\"", "{ service = \"discard\", device = \"late0\" }", StringComparison.Ordinal));
        for (var i = 0; i < 2; i++)
        {
            var result = await daemon.AskAsync("reload");
            Assert.Equal(71, result.Status);
            Assert.Contains("late0", result.Errors, StringComparison.Ordinal);
            await daemon.UntilAsync("discard", "failed");
        }

        Assert.Equal(0, (await network.RunAsync("ip", "link", "add", "late0", "type", "veth", "peer", "name", "late1")).Status);
        await daemon.WaitForEventAsync("BindRecovered");
        await daemon.UntilAsync("discard", "serving");
    }

    [Fact]
    public async Task Reload_TheLogAndTheControlSocket_MoveAsWell()
    {
        await using var daemon = await Daemon.StartAsync(Map + "\n[log]\nformat = \"json\"\n");
        var file = daemon.Scratch["other.log"];
        daemon.Edit(map => map.Replace(
            "format = \"json\"", $"format = \"json\"\ntarget = \"file\"\nfile = \"{file}\"", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        await Deadline.UntilAsync(
            () => File.Exists(file) && File.ReadAllText(file).Contains("Reloaded", StringComparison.Ordinal), "the event in the new file");

        daemon.Edit(map => map.Replace(
            "control.sock", "second.sock", StringComparison.Ordinal).Replace("target = \"file\"", "target = \"stderr\"",
            StringComparison.Ordinal)
            .Replace($"file = \"{file}\"", "", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        await Deadline.UntilAsync(() => !File.Exists(daemon.Scratch["control.sock"]), "no control socket of the old map");
        Assert.Equal(0, (await Netsuperd.RunAsync("status", "--control", daemon.Scratch["second.sock"])).Status);
    }

    private static Task<string> EndAsync(TcpPeer client)
    {
        client.Finish();
        return client.ReadToEndAsync();
    }
}
