using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Forward;

/// <summary>A reload reads the files of <c>tls_to</c> again.</summary>
public sealed class TlsToReloadTests
{
    [Fact]
    public async Task Reload_WithAnotherCa_HoldsForNewConnectionsAlone()
    {
        using var before = TestCertificate.Create("Test CA", isAuthority: true);
        using var after = TestCertificate.Create("Next CA", isAuthority: true);
        await using var daemon = await Daemon.StartAsync(
            """
            [ports]
            "127.0.0.1:%app%" = "app"
            "127.0.0.1:%old%" = "old"
            "127.0.0.1:%new%" = "new"

            [services.app]
            forward = ["127.0.0.1:%old%", "127.0.0.1:%new%"]
            tls_to  = { ca = "ca.pem", name = "www.example.org" }

            [services.old]
            handler = "echo"
            tls     = { certificate = "old.pem", key = "old.key" }

            [services.new]
            handler = "echo"
            tls     = { certificate = "new.pem", key = "new.key" }
            """,
            new DaemonSetup
            {
                Prepare = scratch =>
                {
                    TestCertificate.Write(scratch.Folder, "old", TestCertificate.OfServer("www.example.org", before));
                    TestCertificate.Write(scratch.Folder, "new", TestCertificate.OfServer("www.example.org", after));
                    TestCertificate.Write(scratch.Folder, "ca", before);
                },
            });
        using var lasting = await daemon.ConnectAsync("app");
        Assert.Equal("word", await lasting.TalkAsync("word"));

        TestCertificate.Write(daemon.Scratch.Folder, "ca", after);
        await daemon.DoAsync("reload");

        using var next = await daemon.ConnectAsync("app");
        Assert.Equal("word", await next.TalkAsync("word"));
        Assert.Equal("word", await lasting.TalkAsync("word"));
        var live = await daemon.ConnectionsAsync();
        Assert.Equal(
            [$"127.0.0.1:{daemon.Port("old")}", $"127.0.0.1:{daemon.Port("new")}"],
            live.Where(each => each.Service == "app").OrderBy(each => each.Id).Select(each => each.Target));
        var failed = await daemon.WaitForEventAsync("TargetFailed", found => found["Service"] == "app");
        Assert.Contains("signed by 'CN=Test CA'", failed["Reason"], StringComparison.Ordinal);
    }
}
