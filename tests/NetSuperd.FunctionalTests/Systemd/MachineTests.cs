using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Systemd;

/// <summary>The booted systemd has the daemon for itself: nothing that is installed and enabled around it is in it.</summary>
[Collection("systemd")]
public sealed class MachineTests(SystemdMachine machine)
{
    [Fact]
    public async Task Machine_HasNoUnitAndNoSettingOfItsHost()
    {
        Privilege.Require("a systemd in namespaces of its own");

        var active = await machine.OutputAsync(
            "systemctl", "list-units", "--type=service,socket,timer,path,automount", "--state=active", "--plain", "--no-legend",
            "--no-pager");
        var files = await machine.OutputAsync("systemctl", "list-unit-files", "--no-legend", "--no-pager");

        Assert.Equal(
            ["systemd-journald-dev-log.socket", "systemd-journald.service", "systemd-journald.socket"],
            active.Split('\n').Select(line => line.Split(' ')[0]).Order());
        Assert.DoesNotContain("stranger", files, StringComparison.Ordinal);
        Assert.DoesNotContain("generated", files, StringComparison.Ordinal);
        Assert.Equal("", await machine.OutputAsync("systemctl", "show", "--property=DropInPaths", "--value", "netsuperd.service"));
        Assert.NotEqual("3", await machine.OutputAsync("systemctl", "show", "--property=DefaultTasksMax", "--value"));
        Assert.Empty(machine.Listeners());
    }
}
