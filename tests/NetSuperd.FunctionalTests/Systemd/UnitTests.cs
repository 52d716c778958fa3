using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Systemd;

/// <summary>The unit file: systemd has nothing to say about it, and its hardening breaks no child.</summary>
[Collection("systemd")]
public sealed class UnitTests(SystemdMachine machine)
{
    // What a child says of the hardening that it lives under.
    private const string Map = """
        [ports]
        7 = "echo"
        2005 = "custom"
        2006 = "nobody"
        2007 = "root"
        [services.nobody]
        exec = ["/bin/sh", "-c", "id -un; grep -e NoNewPrivs -e CapEff /proc/self/status"]
        user = "nobody"
        no_new_privs = false
        [services.root]
        exec = ["/bin/sh", "-c", "id -un; readlink /proc/self/ns/mnt; grep NoNewPrivs /proc/self/status; setpriv --reuid nobody id -un"]
        user = "root"
        no_new_privs = false
        """;

    [Theory]
    [InlineData("netsuperd.service")]
    [InlineData("netsuperd-web.service")]
    public async Task Unit_IsWithoutAComplaint(string unit)
    {
        Privilege.Require("a systemd in namespaces of its own");

        var result = await machine.RunAsync("systemd-analyze", "verify", "--man=no", unit);

        Assert.Equal(new CommandResult(0, "", ""), result);
    }

    [Fact]
    public async Task Children_UnderTheUnit_RunAsTheirUsers()
    {
        await using var daemon = await InstalledDaemon.StartAsync(machine, Map);

        Assert.Equal("TEST", await daemon.SendAsync("TEST", 7));
        Assert.Equal("TEST", await daemon.SendAsync("TEST", 2005));
        Assert.Equal("nobody\nCapEff:\t0000000000000000\nNoNewPrivs:\t0", await machine.HearAsync(2006));
        // It sees the mounts of the machine and the machine sees its own, and it can become another user.
        var mounts = await machine.OutputAsync("readlink", "/proc/1/ns/mnt");
        Assert.Equal($"root\n{mounts}\nNoNewPrivs:\t0\nnobody", await machine.HearAsync(2007));
    }

    [Fact]
    public async Task Page_UnderItsUnit_IsServed()
    {
        await using var daemon = await InstalledDaemon.StartAsync(machine, "[ports]\n7 = \"echo\"\n[daemon]\nstatus_group = \"nogroup\"\n");
        var unit = await File.ReadAllTextAsync(
            machine.PathOf(SystemdMachine.Unit.Replace("netsuperd.service", "netsuperd-web.service", StringComparison.Ordinal)),
            TestContext.Current.CancellationToken);

        // The user of the unit is made by a package.
        await daemon.StartUnitAsync("page.service", unit.Replace("User=netsuperd-web", "User=nobody", StringComparison.Ordinal)
            .Replace("Group=netsuperd-web", "Group=nogroup", StringComparison.Ordinal));

        var answer = await Deadline.UntilAsync(
            () => machine.RunAsync("curl", "-s", "http://127.0.0.1:8070/readyz"), result => result.Status == 0, "the page");
        Assert.Equal("ready\n", answer.Output);
    }

    [Fact]
    public async Task ShippedMap_IsServed()
    {
        await using var daemon = await InstalledDaemon.PrepareAsync(machine, "");
        daemon.UseShippedMap();

        await daemon.StartAsync();

        Assert.Equal("TEST", await daemon.SendAsync("TEST", 7));
        Assert.Equal("TEST", await daemon.SendAsync("TEST", 2005));
    }
}
