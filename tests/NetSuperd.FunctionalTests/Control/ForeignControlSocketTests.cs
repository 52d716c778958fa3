using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Control;

/// <summary>Commands where the process that answers at the control socket is another user's.</summary>
public sealed class ForeignControlSocketTests
{
    public ForeignControlSocketTests() => Privilege.Require("the process that answers is another user's");

    [Theory]
    [InlineData("status")]
    [InlineData("stop")]
    [InlineData("reload")]
    [InlineData("restart")]
    [InlineData("connections")]
    [InlineData("pause", "echo")]
    [InlineData("abort", "1")]
    public async Task Command_WhereAnotherUserAnswers_BelievesNothing(params string[] command)
    {
        using var scratch = new Scratch();
        var shared = Directory.CreateDirectory(scratch["shared"]).FullName;
        await Command.OutputAsync("chmod", "a+x", scratch.Folder);
        await Command.OutputAsync("chmod", "1777", shared);
        await using var stranger = await Stranger.AnswerAsync(scratch, $"{shared}/control.sock");

        var result = await Netsuperd.RunAsync([.. command, "--control", $"{shared}/control.sock"]);

        Assert.Equal((77, ""), (result.Status, result.Output));
        Assert.Contains("of user 65534 answers at", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("BELIEVED", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_WhereALinkOfAnotherUserLeadsToASocketOfRoot_BelievesNothing()
    {
        // Root has called listen(2), as for the socket of a service with wait = true, and what answers is another user's process.
        using var scratch = new Scratch();
        var theirs = await Stranger.FolderAsync(scratch);
        var answer = scratch.Write("answer", "{\"v\":1,\"status\":0,\"messages\":[\"BELIEVED\"]}\n");
        await Command.OutputAsync("chmod", "a+r", answer);
        await using var answering = RunningProcess.Start(
            "/usr/bin/socat",
            [$"UNIX-LISTEN:{scratch["service.sock"]},mode=666,fork", $"SYSTEM:head -n 1 > /dev/null; cat {answer},su=nobody"]);
        await Deadline.UntilAsync(() => File.Exists(scratch["service.sock"]), "the service");
        await Stranger.DoAsync("ln", "-s", scratch["service.sock"], $"{theirs}/control.sock");

        var result = await Netsuperd.RunAsync("reload", "--control", $"{theirs}/control.sock");

        Assert.Equal(77, result.Status);
        Assert.Contains($"{theirs} belongs to another user", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("BELIEVED", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_OfRoot_BelievesTheOwnerOfSocketAndFolder()
    {
        using var scratch = new Scratch();
        var theirs = await Stranger.FolderAsync(scratch);
        await using var answering = await Stranger.AnswerAsync(scratch, $"{theirs}/control.sock");

        var result = await Netsuperd.RunAsync("reload", "--control", $"{theirs}/control.sock");

        Assert.Equal(0, result.Status);
        Assert.Contains("BELIEVED", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2", 77)]
    [InlineData("65534", 0)]
    public async Task Command_OfAUser_BelievesItsOwnDaemonOnly(string user, int status)
    {
        using var scratch = new Scratch();
        var theirs = await Stranger.FolderAsync(scratch);
        await using var answering = await Stranger.AnswerAsync(scratch, $"{theirs}/control.sock");
        File.SetUnixFileMode($"{theirs}/control.sock", (UnixFileMode)0x1B6);

        var result = await Command.RunAsync(
            "/usr/bin/setpriv", $"--reuid={user}", $"--regid={user}", "--clear-groups", BuiltTree.Program, "reload", "--control",
            $"{theirs}/control.sock");

        Assert.Equal(status, result.Status);
    }
}
