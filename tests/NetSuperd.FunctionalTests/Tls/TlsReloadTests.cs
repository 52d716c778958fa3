using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Tls;

/// <summary>Encrypted connections live on while the map, the daemon or the worker is replaced.</summary>
public sealed class TlsReloadTests
{
    [Fact]
    public async Task Reload_AfterTheCertificateWasRenewed_ServesItAndTouchesNoConnection()
    {
        await using var daemon = await StartAsync();
        using var handler = await TlsPeer.ConnectAsync(daemon, "echo");
        using var child = await TlsPeer.ConnectAsync(daemon, "cat");
        using var early = await daemon.ConnectAsync("cat");
        await daemon.StatusAsync(status => status.Service("cat").Live == 2, "both clients of cat");
        Write(daemon.Scratch, "new.example.org");

        await daemon.DoAsync("reload");

        using var after = await TlsPeer.ConnectAsync(daemon, "echo");
        Assert.Equal(("old.example.org", "new.example.org"), (handler.ServerName, after.ServerName));
        Assert.Equal("TEST", await handler.ExchangeAsync("TEST"));
        Assert.Equal("TEST", await child.ExchangeAsync("TEST"));
        using var begun = await TlsPeer.OverAsync(early);
        Assert.Equal(("old.example.org", "TEST"), (begun.ServerName, await begun.ExchangeAsync("TEST")));
        await child.FinishAsync();
        Assert.Empty(await child.ReadToEndAsync());
    }

    [Fact]
    public async Task Certificate_ThatHasExpired_IsRefusedByClientsUntilItIsRenewed()
    {
        using var authority = TestCertificate.Create("Test CA", isAuthority: true);
        await using var daemon = await StartAsync();
        TestCertificate.Write(daemon.Scratch.Folder, "ca", authority);
        string[] curl =
        [
            "--silent", "--show-error", "--http0.9", "--max-time", "20", "--cacert", daemon.Scratch["ca.pem"],
            "--resolve", $"www.example.org:{daemon.Port("line")}:127.0.0.1", $"https://www.example.org:{daemon.Port("line")}/",
        ];

        TestCertificate.Write(daemon.Scratch.Folder, "www", TestCertificate.OfServer("www.example.org", authority, TimeSpan.FromHours(-1)));
        var warned = await daemon.RequestAsync("reload");
        var refused = await Command.RunAsync("/usr/bin/curl", curl);
        TestCertificate.Write(daemon.Scratch.Folder, "www", TestCertificate.OfServer("www.example.org", authority));
        await daemon.DoAsync("reload");
        var served = await Command.RunAsync("/usr/bin/curl", curl);

        Assert.Contains("certificate has expired", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(0, warned.Status);
        Assert.Contains(warned.Messages, line => line.Contains("expired on", StringComparison.Ordinal));
        Assert.Equal((0, "GET / HTTP/1.1\r\n"), (served.Status, served.Output));
    }

    [Theory]
    [InlineData(13 * 24, "expires")]
    [InlineData(-1, "expired")]
    public async Task Status_OfACertificateNearItsEnd_SaysSoUntilItIsRenewed(int hours, string verb)
    {
        using var authority = TestCertificate.Create("Test CA", isAuthority: true);
        using var old = TestCertificate.OfServer("www.example.org", authority, TimeSpan.FromHours(hours));
        await using var daemon = await StartAsync();

        TestCertificate.Write(daemon.Scratch.Folder, "www", old);
        Assert.Equal(0, (await daemon.RequestAsync("reload")).Status);
        var warned = (await daemon.StatusAsync()).Service("cat");
        Write(daemon.Scratch, "new.example.org");
        await daemon.DoAsync("reload");
        var renewed = (await daemon.StatusAsync()).Service("cat");

        var end = old.NotAfter.ToUniversalTime();
        Assert.Equal((new DateTimeOffset(end), $"its certificate {verb} on {end:yyyy-MM-dd}"), (warned.CertificateExpires, warned.Reason));
        Assert.Equal(("serving", "serving", null), (warned.State, renewed.State, renewed.Reason));
        Assert.InRange(renewed.CertificateExpires!.Value, DateTimeOffset.UtcNow.AddDays(59), DateTimeOffset.UtcNow.AddDays(61));
    }

    [Fact]
    public async Task Reload_WithADamagedCertificate_KeepsTheOldOne()
    {
        await using var daemon = await StartAsync("ReloadRefused");
        daemon.Scratch.Write("www.pem", "damaged");

        var answer = await daemon.RequestAsync("reload");

        Assert.Equal(78, answer.Status);
        Assert.Contains(answer.Messages, line => line.Contains("www.pem' has no certificate", StringComparison.Ordinal));
        using var client = await TlsPeer.ConnectAsync(daemon, "echo");
        Assert.Equal("old.example.org", client.ServerName);
    }

    [Fact]
    public async Task Restart_OfTheDaemon_LeavesConnectionsOfHandlersAndChildren()
    {
        await using var daemon = await StartAsync();
        using var handler = await TlsPeer.ConnectAsync(daemon, "echo");
        using var child = await TlsPeer.ConnectAsync(daemon, "cat");
        Assert.Equal("TEST", await child.ExchangeAsync("TEST"));

        await daemon.RestartAsync();

        Assert.Equal("TEST", await handler.ExchangeAsync("TEST"));
        Assert.Equal("TEST", await child.ExchangeAsync("TEST"));
        using var after = await TlsPeer.ConnectAsync(daemon, "cat");
        Assert.Equal("TEST", await after.ExchangeAsync("TEST"));
        foreach (var client in (TlsPeer[])[handler, child, after])
        {
            await client.FinishAsync();
            Assert.Empty(await client.ReadToEndAsync());
        }
    }

    [Fact]
    public async Task Worker_ThatIsKilled_LosesItsConnectionsAndServesAgain()
    {
        await using var daemon = await StartAsync();
        using var handler = await TlsPeer.ConnectAsync(daemon, "echo");
        using var child = await TlsPeer.ConnectAsync(daemon, "cat");
        Assert.Equal("TEST", await child.ExchangeAsync("TEST"));
        var status = await daemon.StatusAsync();

        foreach (var service in (string[])["echo", "cat"])
        {
            await Command.OutputAsync("/bin/kill", "-KILL", $"{status.Service(service).Worker!.Pid}");
        }

        await Assert.ThrowsAnyAsync<IOException>(handler.ReadToEndAsync);
        Assert.Equal("worker_lost", (await daemon.WaitForRecordAsync(handler.Peer.Name)).End["End"]);
        Assert.Equal("exited", (await daemon.WaitForRecordAsync(child.Peer.Name)).End["End"]);
        using var after = await TlsPeer.ConnectAsync(daemon, "cat");
        Assert.Equal("TEST", await after.ExchangeAsync("TEST"));
    }

    [Fact]
    public async Task Worker_OfAServiceWithoutAUser_HasNoRightsAndHidesItsMemory()
    {
        Privilege.Require("only root gives a worker another user");
        await using var daemon = await Daemon.StartAsync(
            """
            [ports]
            %echo% = "echo"
            %forward% = "forward"
            %cat% = "cat"
            "@netsuperd-worker-%echo%" = "plain"

            [defaults]
            balance = "first"

            [services.echo]
            handler = "echo"
            tls = { certificate = "www.pem", key = "www.key" }

            [services.forward]
            forward = "@netsuperd-worker-%echo%"
            tls = { certificate = "www.pem", key = "www.key" }

            [services.cat]
            exec = ["/bin/cat"]
            user = "root"
            tls = { certificate = "www.pem", key = "www.key" }

            [services.plain]
            handler = "echo"
            """,
            new DaemonSetup { Prepare = scratch => Write(scratch, "www.example.org") });
        foreach (var service in (string[])["echo", "forward", "cat"])
        {
            using var client = await TlsPeer.ConnectAsync(daemon, service);
            Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
            var pid = (await daemon.StatusAsync()).Service(service).Worker!.Pid!.Value;

            Assert.Equal("65534\t65534\t65534\t65534", ProcFiles.Status(pid, "Uid"));

            // The files of a process that is hidden from its user belong to root (proc(5)).
            Assert.Equal("0:0\n", await Command.OutputAsync("/usr/bin/stat", "--format=%u:%g", $"/proc/{pid}/environ"));
        }
    }

    private static Task<Daemon> StartAsync(params string[] expected) => Daemon.StartAsync(
        """
        [ports]
        %echo% = "echo"
        %cat% = "cat"
        %line% = "line"

        [services.echo]
        handler = "echo"
        tls = { certificate = "www.pem", key = "www.key" }

        [services.line]
        exec = ["/usr/bin/head", "-n", "1"]
        tls = { certificate = "www.pem", key = "www.key" }

        [services.cat]
        exec = ["/bin/cat"]
        tls = { certificate = "www.pem", key = "www.key" }
        """,
        new DaemonSetup { Prepare = scratch => Write(scratch, "old.example.org"), Expected = expected });

    private static void Write(Scratch scratch, string name)
    {
        using var certificate = TestCertificate.Create(name);
        TestCertificate.Write(scratch.Folder, "www", certificate);
    }
}
