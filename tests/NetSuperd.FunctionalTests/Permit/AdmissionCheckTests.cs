using System.Globalization;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary>A map that asks for what no socket of its service allows is refused before it is in force.</summary>
public sealed class AdmissionCheckTests
{
    [OnWindows]
    [Theory]
    [InlineData("", "10m")]
    [InlineData("[defaults]\nidle_timeout = \"unlimited\"\n", "unlimited")]
    [InlineData("[services.echo]\nhandler = \"echo\"\nidle_timeout = \"5m\"\n", "5m")]
    [InlineData("[services.echo]\nhandler = \"custom\"\n", "unlimited")]
    public async Task Show_OfABuiltin_HasItsIdleTimeout(string more, string expected)
    {
        using var scratch = new Scratch();
        var map = scratch.Write("map.toml", $"[ports]\n7007 = \"echo\"\n{more}");

        var shown = await Netsuperd.RunAsync("check", "--show", "--config", map);
        var again = await Netsuperd.RunAsync("check", "--show", "--config", scratch.Write("again.toml", shown.Output));

        Assert.Contains($"\nidle_timeout = \"{expected}\"\n", shown.Output, StringComparison.Ordinal);
        Assert.Equal(shown.Output, again.Output);
    }

    [Fact]
    public async Task Check_KeysThatCannotHold_NamesEveryLine()
    {
        using var scratch = new Scratch();
        var map = scratch.Write("map.toml", """
            [ports]
            7007 = "accepts"
            "/run/netsuperd-test.sock" = "idle"
            "@netsuperd-test" = { service = "datagrams", type = "datagram" }
            [defaults]
            user = "nobody"
            [services.accepts]
            exec = ["/bin/cat"]
            wait = true
            deny = ["192.0.2.1"]
            max_per_source = 3
            at_limit = "refuse"
            [services.idle]
            exec = ["/bin/cat"]
            idle_timeout = "5s"
            [services.datagrams]
            exec = ["/bin/cat"]
            wait = true
            allow = ["uid:0"]
            """);

        var result = await Netsuperd.RunAsync("check", "--config", map);

        Assert.Equal(78, result.Status);
        var errors = result.Errors.Split('\n').Where(line => line.Contains(": error: ", StringComparison.Ordinal)).ToList();
        Assert.Equal(
            [10, 11, 12, 15, 19],
            errors.Select(line => int.Parse(line[(map.Length + 1)..].Split(':')[0], CultureInfo.InvariantCulture)).Order());
        Assert.All(errors, line => Assert.Contains("cannot be applied", line, StringComparison.Ordinal));
    }
}
