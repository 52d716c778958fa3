using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Import;

/// <summary><c>netsuperd import</c>, and the key <c>import</c> of a map with the programs that edit the imported file.</summary>
public sealed class ImportTests
{
    private const string Entries =
        """
        # An entry that stays, one that was disabled, and one that no map has.
        127.0.0.1:4711 stream tcp nowait nobody /bin/cat cat
        #<off># 127.0.0.1:4712 stream tcp nowait nobody /bin/date date
        rusersd/1-3 dgram rpc/udp wait root /usr/lib/rusersd rusersd

        """;

    [Fact]
    public async Task UpdateInetd_AndAReload_ServeWhatItAddsAndDisables()
    {
        await using var daemon = await Daemon.StartAsync(
            """
            import = ["inetd:inetd.conf"]
            [ports]
            %always% = "echo"
            # 127.0.0.1:%added%

            """,
            new DaemonSetup { Prepare = scratch => scratch.Write("inetd.conf", "# nothing yet\n") });
        var file = daemon.Scratch["inetd.conf"];

        await UpdateAsync(file, "--add", $"127.0.0.1:{daemon.Port("added")}\tstream\ttcp\tnowait\tnobody\t/bin/echo\techo served");
        await daemon.DoAsync("reload");
        using (var client = await daemon.ConnectAsync("added"))
        {
            Assert.Equal("served\n", await client.ReadToEndAsync());
        }

        var explained = await daemon.AskedAsync(
            "explain", "192.0.2.1", $"127.0.0.1:{daemon.Port("added")}", "--config", daemon.Scratch["map.toml"]);
        Assert.Contains($"{file}:2:", explained, StringComparison.Ordinal);

        await UpdateAsync(file, "--disable", $"127.0.0.1:{daemon.Port("added")}");
        await daemon.DoAsync("reload");
        Assert.Equal(["echo"], (await daemon.StatusAsync()).Services.Select(service => service.Name));
    }

    [Fact]
    public async Task Import_PrintsAMap_AndReportsTheRest()
    {
        using var scratch = new Scratch();
        var file = scratch.Write("inetd.conf", Entries);

        var imported = await Netsuperd.RunAsync("import", file);
        var check = await Netsuperd.RunAsync("check", "--config", scratch.Write("map.toml", imported.Output));
        var strict = await Netsuperd.RunAsync("import", "--strict", "--verbose", "inetd", file);

        Assert.Equal(0, imported.Status);
        Assert.Contains("\"127.0.0.1:4711\" = \"cat\"", imported.Output, StringComparison.Ordinal);
        Assert.Contains($"{file}:3:9: off: ", imported.Errors, StringComparison.Ordinal);
        Assert.Contains($"{file}:4:1: lost: ", imported.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("kept: ", imported.Errors, StringComparison.Ordinal);
        Assert.Equal(0, check.Status);
        Assert.Equal((65, imported.Output), (strict.Status, strict.Output));
        Assert.Contains($"{file}:2:1: kept: ", strict.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_IntoAFolder_WritesADropInForEachService_AndOverwritesNone()
    {
        using var scratch = new Scratch();
        var file = scratch.Write("inetd.conf", Entries);

        var first = await Netsuperd.RunAsync("import", file, "--output", scratch["drop-ins"]);
        File.Delete(scratch["drop-ins/date.toml"]);
        var second = await Netsuperd.RunAsync("import", file, "--output", scratch["drop-ins"]);

        Assert.Equal((0, "", 71), (first.Status, first.Output, second.Status));
        Assert.Contains("drop-ins/cat.toml is there already", second.Errors, StringComparison.Ordinal);
        Assert.Equal(["cat.toml"], Directory.EnumerateFiles(scratch["drop-ins"]).Select(Path.GetFileName));
        var dropIn = await File.ReadAllTextAsync(scratch["drop-ins/cat.toml"], TestContext.Current.CancellationToken);
        Assert.StartsWith($"[ports]\n\"127.0.0.1:4711\" = \"cat\"\n\n# {file}:2:1\n[services.cat]\n", dropIn, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_IntoAFolderBesideAMap_LeavesWhatTheMapHas()
    {
        using var scratch = new Scratch();
        scratch.Write("netsuperd.toml", "include = [\"drop-ins/*.toml\"]\n[ports]\n\"127.0.0.1:7\" = \"echo\"\n");
        var file = scratch.Write(
            "inetd.conf", "127.0.0.1:7 stream tcp nowait root internal\n#discard stream tcp nowait root internal\n");

        var imported = await Netsuperd.RunAsync("import", file, "--output", scratch["drop-ins"]);
        var check = await Netsuperd.RunAsync("check", "--config", scratch["netsuperd.toml"]);

        Assert.Contains($"{file}:1:11: lost: 'echo' is disabled: ", imported.Errors, StringComparison.Ordinal);
        Assert.Equal((0, 0), (imported.Status, check.Status));
        Assert.Equal(["discard.toml", "echo-tcp.toml"], Directory.EnumerateFiles(scratch["drop-ins"]).Select(Path.GetFileName).Order());
        Assert.Contains(
            "\n[services.echo-tcp]\nhandler = \"echo\"\nenabled = false\n",
            await File.ReadAllTextAsync(scratch["drop-ins/echo-tcp.toml"], TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_RulesForEveryProgramIntoAFolder_PrintsWhatTheMapNeeds()
    {
        using var scratch = new Scratch();

        var imported = await Netsuperd.RunAsync("import", scratch.Write("hosts.deny", "ALL: 10.\n"), "--output", scratch["drop-ins"]);

        Assert.Equal(0, imported.Status);
        Assert.Contains("they belong in the map itself; add there:", imported.Errors, StringComparison.Ordinal);
        Assert.Contains("[defaults]\ndeny = [\"10.0.0.0/8\"]\n", imported.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_IntoAFolderWhereOneCannotBeWritten_WritesNone()
    {
        using var scratch = new Scratch();
        Directory.CreateDirectory(scratch["drop-ins/date.toml"]);

        var result = await Netsuperd.RunAsync("import", scratch.Write("inetd.conf", Entries), "--output", scratch["drop-ins"]);

        Assert.Equal(71, result.Status);
        Assert.Contains("cannot write into ", result.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(scratch["drop-ins"]));
    }

    [Theory]
    [InlineData(64, "inetd")]
    [InlineData(66, "no-such-file")]
    [InlineData(65, "schema.json")]
    [InlineData(65, "inetd", "schema.json")]
    public async Task Import_OfAWrongFile_SaysSo(int status, params string[] arguments)
    {
        using var scratch = new Scratch();
        scratch.Write("schema.json", "{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n  \"type\": \"object\"\n}\n");

        var result = await Command.RunAsync(Deadline.Default, BuiltTree.Program, ["import", .. arguments], scratch.Folder);

        Assert.Equal((status, ""), (result.Status, result.Output));
        Assert.NotEqual("", result.Errors);
    }

    // It wakes no inetd of this host.
    private static Task<string> UpdateAsync(string file, string action, string entry) =>
        Command.OutputAsync("env", "UPDATE_INETD_FAKE_IT=1", "update-inetd", "--file", file, action, entry);
}
