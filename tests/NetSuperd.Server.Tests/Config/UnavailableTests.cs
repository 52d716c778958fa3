using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;

namespace NetSuperd.Server.Tests.Config;

/// <summary><c>daemon.on_unavailable</c>: what becomes of a service that lacks something on this system.</summary>
public sealed class UnavailableTests
{
    [Theory]
    [InlineData("exec = [\"/nonexistent/in.ftpd\"]", "there is no program '/nonexistent/in.ftpd'")]
    [InlineData("exec = [\"/etc/passwd\"]", "'/etc/passwd' is not executable for this user")]
    [InlineData("exec = [\"/bin/sh\"]\ncwd = \"/nonexistent\"", "there is no folder '/nonexistent'")]
    [InlineData("exec = [\"/bin/sh\"]\nuser = \"no-such-user\"", "there is no user 'no-such-user' on this system")]
    [InlineData("exec = [\"/bin/sh\"]\nuser = \"no-such-user\"\ngroup = \"no-such-group\"",
        "there is no user 'no-such-user' on this system; there is no group 'no-such-group' on this system")]
    [InlineData("exec = [\"/bin/cat\"]\nchroot = \"/nonexistent\"",
        "there is no folder '/nonexistent'; there is no program '/bin/cat' below '/nonexistent'")]
    public void Load_SkippedService_StaysWithItsPortAndSaysWhatItLacks(string service, string reason)
    {
        var map = Load(service, "skip").Map;

        Assert.Equal([null, reason], map.Services.Select(service => service.Unavailable).Order(StringComparer.Ordinal));
        var port = Assert.Single(map.Ports, port => port.Service.Unavailable is not null);
        Assert.Equal((7u, true), (port.Key.Number, port.Service.Program is not null));
    }

    [Theory]
    [InlineData("exec = [\"/nonexistent/in.ftpd\"]")]
    [InlineData("exec = [\"/bin/sh\"]\ncwd = \"/nonexistent\"")]
    [InlineData("exec = [\"/bin/sh\"]\nuser = \"no-such-user\"")]
    [InlineData("exec = [\"/bin/sh\"]\ngroup = \"no-such-group\"")]
    [InlineData("exec = [\"/bin/sh\"]\ngroups = [\"no-such-group\"]")]
    [InlineData("exec = [\"/bin/sh\"]\nchroot = \"/nonexistent\"")]
    public void Load_AServiceThatLacksSomething_IsAnErrorOrAWarningAsTheMapSays(string service)
    {
        var (refused, skipped) = (Load(service, "refuse"), Load(service, "skip"));

        Assert.True(refused.HasErrors);
        Assert.DoesNotContain(refused.Map.Services, service => service.Unavailable is not null);
        Assert.False(skipped.HasErrors);
        Assert.Equal(
            refused.Problems.Select(problem => (
                problem.At.Line, problem.At.Column, problem.Message + "; services that need it are skipped")),
            skipped.Problems.Select(problem => (problem.At.Line, problem.At.Column, problem.Message)));
    }

    [Fact]
    public void Load_UnknownUser_IsNoUserAndNeverRoot()
    {
        var program = Load("exec = [\"/bin/sh\"]\nuser = \"no-such-user\"", "skip").Map.Ports[0].Service.Program!;

        // netsuperd-exec refuses the number that setresuid(2) takes for "leave as it is".
        Assert.Equal((uint.MaxValue, uint.MaxValue), (program.User.UserId, program.Group));
        Assert.Empty(program.Groups.Ids);
    }

    [Fact]
    public void Format_UnknownNames_ShowsThemAsTheMapHasThem()
    {
        var shown = MapText.Format(Load(
            "exec = [\"/bin/sh\"]\nuser = \"no-such-user\"\ngroup = \"no-such-group\"\ngroups = [\"another\", 7]", "skip").Map);

        Assert.Contains(
            "\nuser = \"no-such-user\"\ngroup = \"no-such-group\"\ngroups = [7, \"another\"]\n", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Format_UnknownUserWithoutGroup_ShowsNoGroup() =>
        Assert.DoesNotContain(
            "\ngroup = ", MapText.Format(Load("exec = [\"/bin/sh\"]\nuser = \"no-such-user\"", "skip").Map), StringComparison.Ordinal);

    [Fact]
    public void Load_UnknownUserWithoutRoot_IsNoQuestionOfRights() =>
        Assert.False(Load("exec = [\"/bin/sh\"]\nuser = \"no-such-user\"\ngroup = \"no-such-group\"", "skip", MapFiles.Plain).HasErrors);

    private static LoadResult Load(string service, string word, Surroundings? surroundings = null) => MapFiles.LoadText(
        $"[daemon]\non_unavailable = \"{word}\"\n[ports]\n7 = \"a\"\n8 = \"echo\"\n[services.a]\n"
        + (service.Contains("user", StringComparison.Ordinal) ? "" : "user = \"nobody\"\n") + service + "\n",
        surroundings ?? MapFiles.Root);
}
