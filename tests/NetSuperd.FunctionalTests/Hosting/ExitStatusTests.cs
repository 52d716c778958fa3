using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Hosting;

/// <summary>Exit statuses by blame (sysexits.h).</summary>
public sealed class ExitStatusTests
{
    public static TheoryData<string[]> WrongUsage => new(
        [], ["no-such-command"], ["run", "--no-such-option"], ["run", "one", "two"], ["run", "--config"], ["status", "--json=maybe"],
        ["abort", "x"], ["abort", "-1"]);

    [OnWindows]
    [Theory]
    [MemberData(nameof(WrongUsage))]
    public async Task Command_WrongUsage_Is64(string[] arguments)
    {
        var result = await Netsuperd.RunAsync(arguments);

        Assert.Equal((64, ""), (result.Status, result.Output));
        Assert.NotEqual("", result.Errors);
    }

    [OnWindows]
    [Theory]
    [InlineData("run")]
    [InlineData("check")]
    public async Task Config_Missing_Is66(string command)
    {
        var result = await Netsuperd.RunAsync(command, "--config", "/no/such/map.toml");

        Assert.Equal((66, ""), (result.Status, result.Output));
        Assert.Contains("/no/such/map.toml", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("check")]
    [InlineData("status")]
    public async Task Config_RelativeToAFolderThatIsGone_Is66(string command)
    {
        using var scratch = new Scratch();
        var result = await Command.RunAsync(
            "/bin/sh", "-c", $"mkdir \"$0/gone\" && cd \"$0/gone\" && rmdir \"$0/gone\" && exec \"$1\" {command} --config map.toml",
            scratch.Folder, BuiltTree.Program);

        Assert.Equal((66, ""), (result.Status, result.Output));
        Assert.Contains("map.toml: error: there is no such file; the working directory is gone", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Control_ThatIsNotThere_Is69AndSaysSo()
    {
        var result = await Netsuperd.RunAsync("status", "--control", "/no/such/control.sock");

        Assert.Equal((69, ""), (result.Status, result.Output));
        Assert.Contains("/no/such/control.sock (No such file or directory)", result.Errors, StringComparison.Ordinal);
    }

    [OnWindows]
    [Fact]
    public async Task Abort_OfSomethingElseThanANumber_SaysWhereTheNumbersAre()
    {
        var result = await Netsuperd.RunAsync("abort", "x");

        Assert.Equal(64, result.Status);
        Assert.Contains(
            "'x' is not the number of a connection; 'netsuperd connections' shows the numbers", result.Errors, StringComparison.Ordinal);
    }

    [OnWindows]
    [Theory]
    [InlineData("run")]
    [InlineData("check")]
    public async Task Config_Wrong_Is78AndEveryProblemIsReported(string command)
    {
        using var scratch = new Scratch();
        var port = FreePorts.Next();
        var map = scratch.Write("map.toml", $"""
            [ports]
            {port} = "echo"
            70000 = "echo"
            {FreePorts.Next()} = "ecko"
            [services.finger]
            exec = ["/no/such/program"]
            usr = "nobody"
            """);

        var result = await Netsuperd.RunAsync(command, "--config", map);

        Assert.Equal((78, ""), (result.Status, result.Output));
        foreach (var line in new[] { "3:1", "4:", "6:", "7:1" })
        {
            Assert.Contains($"{map}:{line}", result.Errors, StringComparison.Ordinal);
        }

        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => TcpPeer.ConnectAsync(port));
    }

    [Fact]
    public async Task LogFile_ThatCannotBeOpened_Is71()
    {
        await using var daemon = Daemon.Launch("""
            [ports]
            %echo% = "echo"
            [log]
            target = "file"
            file = "/proc/daemon.log"
            """);

        Assert.Contains(await daemon.ExitAsync(), (int[])[71, 77]);
        Assert.Contains("/proc/daemon.log", daemon.Log.Text, StringComparison.Ordinal);
    }

    [OnWindows]
    [Theory]
    [InlineData("[log]\ntarget = \"file\"\nfile = \"missing/daemon.log\"", "6:8")]
    [InlineData("[daemon]\nplugins = \"missing\"", "5:11")]
    public async Task Folder_Missing_Is78(string section, string at)
    {
        await using var daemon = Daemon.Launch("[ports]\n%echo% = \"echo\"\n\n" + section);

        Assert.Equal(78, await daemon.ExitAsync());
        Assert.Contains($"map.toml:{at}: error: ", daemon.Log.Text, StringComparison.Ordinal);
    }

    [OnWindows]
    [Fact]
    public async Task Help_IsPrintedOnStandardOutput()
    {
        var result = await Netsuperd.RunAsync("--help");

        Assert.Equal((0, ""), (result.Status, result.Errors));
        Assert.Contains("run", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LogFile_ThatIsAFifo_Is71AndDoesNotWaitForAReader()
    {
        using var scratch = new Scratch();
        await Command.OutputAsync("mkfifo", scratch["log"]);
        var map = scratch.Write("map.toml", $"""
            [log]
            target = "file"
            file = "log"
            [ports]
            {FreePorts.Next()} = "echo"
            """);

        var result = await Netsuperd.RunAsync("run", "--config", map);

        Assert.Equal(71, result.Status);
        Assert.Contains(scratch["log"], result.Errors, StringComparison.Ordinal);
    }
}
