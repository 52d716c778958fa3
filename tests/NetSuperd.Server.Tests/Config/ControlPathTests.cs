using NetSuperd.Server.Config.Files;

namespace NetSuperd.Server.Tests.Config;

public sealed class ControlPathTests
{
    [Theory]
    [InlineData(0u, null, "/run/netsuperd/control.sock")]
    [InlineData(0u, "/run/user/0", "/run/netsuperd/control.sock")]
    [InlineData(1000u, "/run/user/1000", "/run/user/1000/netsuperd/control.sock")]
    [InlineData(1000u, "/run/user/1000/", "/run/user/1000/netsuperd/control.sock")]
    [InlineData(1000u, null, null)]
    [InlineData(1000u, "", null)]
    [InlineData(1000u, "run", null)]
    public void Default_IsThatOfTheUser(uint user, string? runtimeFolder, string? path) =>
        Assert.Equal(path, ControlPath.Default(user, runtimeFolder));

    [Fact]
    public void Default_APathThatNoSocketCanHave_IsNone()
    {
        var longest = new string('x', 107 - "//netsuperd/control.sock".Length);

        Assert.Equal(107, ControlPath.Default(1000, $"/{longest}")?.Length);
        Assert.Null(ControlPath.Default(1000, $"/x{longest}"));
        Assert.Null(ControlPath.Default(1000, $"/{longest[1..]}é"));
    }

    [Fact]
    public void Load_NoControl_IsTheDefault()
    {
        var daemon = MapFiles.Accept("[ports]\n7 = \"echo\"\n").Daemon;

        Assert.Equal(("/nonexistent/netsuperd/control.sock", true), (daemon.Control, daemon.ControlIsDefault));
    }

    [Fact]
    public void Load_NoControlAndNoDefault_IsNone()
    {
        var daemon = MapFiles.LoadText("[ports]\n7 = \"echo\"\n", MapFiles.Plain with { DefaultControl = null }).Map.Daemon;

        Assert.Equal((null, false), (daemon.Control, daemon.ControlIsDefault));
    }

    [Theory]
    [InlineData("x.sock", false)]
    [InlineData("/nonexistent/../nonexistent/netsuperd/control.sock", true)]
    public void Load_Control_IsAbsoluteAndKnownAsTheDefault(string control, bool isDefault)
    {
        using var folder = new TemporaryFolder();

        var result = MapFiles.Load(folder.Write("map.toml", $"[daemon]\ncontrol = \"{control}\"\n[ports]\n7 = \"echo\"\n"));

        Assert.Empty(result.Problems);
        Assert.Equal(Path.GetFullPath(control, folder.Path), result.Map.Daemon.Control);
        Assert.Equal(isDefault, result.Map.Daemon.ControlIsDefault);
    }
}
