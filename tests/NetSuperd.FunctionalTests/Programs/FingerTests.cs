using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Programs;

/// <summary>in.fingerd on its own port, the only one that <c>finger</c> knows.</summary>
public sealed class FingerTests
{
    [Fact]
    public async Task Finger_OfAUser_SaysWhatTheHostKnows()
    {
        await using var network = await NetworkNamespace.CreateAsync();
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            finger = "finger"
            [services.finger]
            exec = ["/usr/sbin/in.fingerd"]
            user = "nobody"
            """, new DaemonSetup { Through = network.Enter });

        var asked = await network.RunAsync("finger", "daemon@127.0.0.1");

        // Name and folder are those of passwd(5); the first line is the client's own.
        Assert.Equal(0, asked.Status);
        Assert.Matches(@"(?m)^Login: daemon\s+Name: daemon\s*$", asked.Output);
        Assert.Contains("Directory: /usr/sbin", asked.Output, StringComparison.Ordinal);
        var ended = await daemon.WaitForEventAsync("ChildEnded");
        Assert.Equal(("finger", "exited", "with status 0"), (ended["Service"], ended["End"], ended["Detail"]));
    }
}
