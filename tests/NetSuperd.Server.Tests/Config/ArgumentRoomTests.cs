using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests.Config;

public sealed class ArgumentRoomTests
{
    private const ulong MiB = 1 << 20;

    [Theory]
    [InlineData("8MiB", 2 * MiB)]
    [InlineData("64MiB", 6 * MiB)]
    [InlineData("unlimited", 6 * MiB)]
    [InlineData("64KiB", MiB / 8)]
    [InlineData(null, MiB)]
    public void Load_ByTheStackOfTheChildren_AcceptsWhatTheSystemTakes(string? stack, ulong room)
    {
        Assert.Empty(Complaints(stack, (int)room - 4096));
        Assert.Contains($"gives them {room},", Assert.Single(Complaints(stack, (int)room)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WithASoftStackLimitAlone_TakesNoMoreThanTheHardLimit()
    {
        var map = Map("\"4MiB\"", 1_000_000);

        Assert.Empty(Errors(MapFiles.LoadText(map, MapFiles.Plain with { MostStack = ulong.MaxValue })));
    }

    [Theory]
    [InlineData(60_000, 5)]
    [InlineData(0, 6)]
    public void Load_AValueThatIsTooLong_IsAnErrorAtItsPosition(int perArgument, int line)
    {
        // One argument, or else one variable, has most of it.
        var problem = Assert.Single(Errors(MapFiles.LoadText($$"""
            [ports]
            "@x" = "c"
            [services.c]
            user = 54320
            exec = ["/bin/cat", "{{new string('x', perArgument)}}", "{{new string('x', perArgument)}}"]
            env = { A = "{{new string('y', 40_000)}}", B = "{{new string('y', 120_000 - perArgument)}}" }
            limits = { stack = "256KiB" }
            """)));

        Assert.Equal(line, problem.At.Line);
        Assert.Contains("raise 'limits.stack' to", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ManyShortArguments_CountsTheirPointers()
    {
        const int Arguments = 100_000;
        var map = "[ports]\n\"@x\" = \"c\"\n[services.c]\nuser = 54320\n"
            + $"exec = [\"/bin/cat\"{string.Concat(Enumerable.Repeat(", \"\"", Arguments))}]\nlimits = {{ stack = \"2MiB\" }}\n";

        Assert.Contains("with their pointers", Assert.Single(Errors(MapFiles.LoadText(map))).Message, StringComparison.Ordinal);
        Assert.Empty(Errors(MapFiles.LoadText(map.Replace("2MiB", "4MiB", StringComparison.Ordinal))));
    }

    [Theory]
    [InlineData(900, 0)]
    [InlineData(1100, 1)]
    public void Load_NamesOfSockets_AreNoLongerThanAVariable(int sockets, int errors)
    {
        var ports = string.Concat(Enumerable.Range(0, sockets).Select(i =>
            $"\"@{i}\" = {{ service = \"c\", name = \"{new string('n', 128)}\" }}\n"));

        var problems = Errors(MapFiles.LoadText($"[ports]\n{ports}[services.c]\nuser = 54320\nexec = [\"/bin/cat\"]\nwait = true\n"
            + "fds = \"listen\"\n"));

        Assert.Equal(errors, problems.Count);
        Assert.All(problems, problem => Assert.Contains("LISTEN_FDNAMES", problem.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Load_OfADisabledService_SaysNothing() => Assert.DoesNotContain(
        MapFiles.LoadText(Map(
            "\"256KiB\"", 1_000_000).Replace("[ports]", "enabled = false\n[ports]\n\"@y\" = \"echo\"", StringComparison.Ordinal)).Problems,
        problem => problem.Message.Contains("execve", StringComparison.Ordinal));

    private static List<ConfigProblem> Complaints(string? stack, int bytes) =>
        Errors(MapFiles.LoadText(Map(stack is null ? null : $"\"{stack}\"", bytes), MapFiles.Plain with { Stack = 4 * MiB }));

    private static List<ConfigProblem> Errors(LoadResult result) =>
        [.. result.Problems.Where(problem => problem.Severity == Severity.Error)];

    /// <summary>A service whose variables take so many bytes with their names and pointers.</summary>
    private static string Map(string? stack, int bytes)
    {
        const int OfOne = 100_000;
        const int Beside = 3 + 1 + 1 + 8;
        var variables = Enumerable.Range(0, (bytes / OfOne) + 1)
            .Select(i => $"env.V{i:00} = \"{new string('x', Math.Max(0, Math.Min(OfOne, bytes - (i * OfOne)) - Beside))}\"");
        var limits = stack is null ? "" : $"limits = {{ stack = {stack} }}\n";
        return $"[services.c]\nuser = 54320\nexec = [\"/bin/cat\"]\n{string.Join('\n', variables)}\n{limits}[ports]\n\"@x\" = \"c\"\n";
    }
}
