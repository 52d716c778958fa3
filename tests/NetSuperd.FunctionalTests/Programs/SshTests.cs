using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Programs;

/// <summary><c>sshd -i</c>, and <c>ssh</c>.</summary>
public sealed class SshTests
{
    [Fact]
    public async Task Command_ThroughSshd_RunsWithItsInputAndStatus()
    {
        Privilege.Require("sshd logs users in");
        using var keys = new Scratch();
        await Command.OutputAsync("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", keys["host"]);
        await Command.OutputAsync("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", keys["own"]);

        // It lives only while Debian's own unit runs, and sshd insists on it.
        Directory.CreateDirectory("/run/sshd");
        keys.Write("sshd_config", $"""
            HostKey {keys["host"]}
            AuthorizedKeysFile {keys["own"]}.pub
            StrictModes no
            UsePAM no
            PermitRootLogin prohibit-password

            """);
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            "127.0.0.1:%ssh%" = "ssh"
            [services.ssh]
            exec = ["/usr/sbin/sshd", "-i", "-e", "-f", "{keys["sshd_config"]}"]
            user = "root"
            """);
        var key = (await File.ReadAllTextAsync(keys["host"] + ".pub", TestContext.Current.CancellationToken)).Split(' ');
        keys.Write("known_hosts", $"[127.0.0.1]:{daemon.Port("ssh")} {key[0]} {key[1]}\n");
        string[] client =
        [
            "-F", "none", "-p", $"{daemon.Port("ssh")}", "-i", keys["own"], "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes",
            "-o", "StrictHostKeyChecking=yes", "-o", $"UserKnownHostsFile={keys["known_hosts"]}", "root@127.0.0.1",
        ];

        var told = await Command.RunAsync("ssh", [.. client, "id -u; echo to the other stream >&2; exit 7"]);
        await using var shouting = RunningProcess.Start("ssh", [.. client, "tr a-z A-Z"]);
        await shouting.Input.WriteAsync("through the session");
        shouting.Input.Close();

        Assert.Equal((7, "0\n", "to the other stream\n"), (told.Status, told.Output, told.Errors));
        Assert.Equal(0, await shouting.ExitAsync());
        Assert.Equal("THROUGH THE SESSION", shouting.Output.Text);
        await daemon.WaitForEventsAsync("ChildEnded", 2, found => found["End"] == "exited");
        await daemon.WaitForEventAsync(
            "ChildStderr", found => found["Line"].StartsWith("Accepted publickey for root", StringComparison.Ordinal));
    }
}
