using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Reload;

/// <summary>Which program a restart starts.</summary>
public sealed class RestartProgramTests
{
    private const string Map = """
        [ports]
        "127.0.0.1:%echo%" = "echo"
        """;

    [Fact]
    public async Task Restart_OfAReplacedProgram_RunsTheNewOne()
    {
        using var scratch = new Scratch();
        scratch.Copy(BuiltTree.Folder, "tree");
        await using var daemon = await Daemon.StartAsync(Map, new DaemonSetup { Program = scratch["tree/netsuperd"] });

        // As make install does: beside its place, and then renamed there.
        File.Copy(scratch["tree/netsuperd"], scratch["tree/netsuperd.new"]);
        File.Move(scratch["tree/netsuperd.new"], scratch["tree/netsuperd"], overwrite: true);
        Assert.EndsWith("(deleted)", new FileInfo($"/proc/{daemon.Pid}/exe").LinkTarget, StringComparison.Ordinal);
        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("a", await client.TalkAsync("a"));
        var fresh = await daemon.RestartAsync();

        Assert.Equal(scratch["tree/netsuperd"], new FileInfo($"/proc/{fresh}/exe").LinkTarget);
        Assert.Equal("b", await client.TalkAsync("b"));
    }

    [Fact]
    public async Task Restart_OfAProgramBehindALink_FollowsTheLink()
    {
        using var scratch = new Scratch();
        scratch.Copy(BuiltTree.Folder, "first");
        scratch.Copy(BuiltTree.Folder, "second");
        File.CreateSymbolicLink(scratch["current"], "first");
        await using var daemon = await Daemon.StartAsync(Map, new DaemonSetup { Program = scratch["current/netsuperd"] });

        await Command.OutputAsync("ln", "-sfn", "second", scratch["current"]);
        var fresh = await daemon.RestartAsync();

        Assert.Equal(scratch["second/netsuperd"], new FileInfo($"/proc/{fresh}/exe").LinkTarget);
    }
}
