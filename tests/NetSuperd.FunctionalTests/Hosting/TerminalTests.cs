using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Hosting;

/// <summary>What reaches a terminal and the journal, beside the words.</summary>
public sealed class TerminalTests
{
    private const string Wrong = "[ports]\n10007 = 7\n";

    [Fact]
    public async Task Commands_AtATerminal_SetNothingUpThere()
    {
        using var scratch = new Scratch();
        var map = scratch.Write("map.toml", Wrong);

        // script(1) runs a command at a terminal of its own, and prints what reaches it.
        var shown = await Command.RunAsync(
            "script", "--quiet", "--command",
            $"p={BuiltTree.Program}; $p --help; $p send; $p status --control {map}; $p check {map}; $p run {map}; $p statsu", "/dev/null");

        Assert.Contains("did you mean 'status'", shown.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Problem_InTheJournal_HasItsLevelInEveryLine()
    {
        using var scratch = new Scratch();
        var map = scratch.Write("map.toml", Wrong);
        const string Preparation = "export JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2)";

        var run = await Shell.RunAsync(Preparation, "run", map);

        Assert.Equal(78, run.Status);
        Assert.Matches(@"\A<3>[^\n]*:2:9: error: [^\n]*\n<3>    2 \| 10007 = 7\n<3>      \|         \^\n\z", run.Errors);

        var elsewhere = await Shell.RunAsync("export JOURNAL_STREAM=1:1", "run", map);
        Assert.Equal(run.Errors.Replace("<3>", "", StringComparison.Ordinal), elsewhere.Errors);
    }
}
