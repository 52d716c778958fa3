using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Programs;

/// <summary>vsftpd as inetd starts it, and <c>curl</c>.</summary>
public sealed class FtpTests
{
    // With root's rights it divides itself into processes, of which most have none; without, it stays what it was started as.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sessions_OfOneClientTogether_DoNotMix(bool root)
    {
        using var site = new ServedFolder();
        await using var daemon = await StartAsync(site, root);
        var server = $"ftp://127.0.0.1:{daemon.Port("ftp")}";

        // Each upload lasts until its standard input ends: both are in the middle of a file at the same time.
        await using var first = Upload($"{server}/inbox/first");
        await using var second = Upload($"{server}/inbox/second");
        await SayAsync(first, site["inbox/first"], "first one\n");
        await SayAsync(second, site["inbox/second"], "second one\n");
        await SayAsync(first, site["inbox/first"], "first two\n");
        await SayAsync(second, site["inbox/second"], "second two\n");
        var sessions = await SessionsAsync(daemon, "ChildStarted");
        Assert.DoesNotContain(daemon.Events, found => found.Name == "ChildEnded");
        first.Input.Close();
        second.Input.Close();

        Assert.Equal(0, await first.ExitAsync());
        Assert.Equal(0, await second.ExitAsync());
        Assert.Equal("first one\nfirst two\n", await ReadAsync(site["inbox/first"]));
        Assert.Equal("second one\nsecond two\n", await ReadAsync(site["inbox/second"]));
        Assert.Equal(2, sessions.Select(found => found["Peer"]).Distinct().Count());
        Assert.Equal(2, sessions.Select(found => found["Pid"]).Distinct().Count());
        await SessionsAsync(daemon, "ChildEnded");
    }

    [Fact]
    public async Task Session_WithSeveralFiles_FetchesAndListsThem()
    {
        using var site = new ServedFolder();
        using var own = new Scratch();
        site.Write("noise", ServedFolder.Noise(300_000));
        site.Write("folder/text", "TEST\n");
        await using var daemon = await StartAsync(site, root: true);
        var server = $"ftp://127.0.0.1:{daemon.Port("ftp")}";

        await Command.OutputAsync(
            "curl", "--silent", "--show-error", "--output", own["noise"], $"{server}/noise", "--output", own["text"],
            $"{server}/folder/text");
        var listed = await Command.OutputAsync("curl", "--silent", "--show-error", "--list-only", $"{server}/");

        Assert.Equal(ServedFolder.Noise(300_000), await File.ReadAllBytesAsync(own["noise"], TestContext.Current.CancellationToken));
        Assert.Equal("TEST\n", await ReadAsync(own["text"]));
        Assert.Equal(
            ["empty", "folder", "inbox", "noise", "vsftpd.conf"],
            listed.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Order());

        // Two files in one session, the list in another.
        await SessionsAsync(daemon, "ChildEnded");
    }

    private static async Task<Daemon> StartAsync(ServedFolder site, bool root)
    {
        if (root)
        {
            Privilege.Require("vsftpd changes its root directory and its user");
        }

        var user = root ? "root" : ServedFolder.User;
        site.Inbox("inbox");
        Directory.CreateDirectory(site["empty"]);
        site.Write("vsftpd.conf", $"""
            listen=NO
            listen_ipv6=NO
            run_as_launching_user={(root ? "NO" : "YES")}
            ftp_username=ftp
            nopriv_user=nobody
            secure_chroot_dir={site["empty"]}
            anonymous_enable=YES
            no_anon_password=YES
            anon_root={site.Folder}
            anon_umask=022
            write_enable=YES
            anon_upload_enable=YES
            connect_from_port_20=NO

            """);
        await site.OpenAsync();

        // It reads its configuration only if that is its own.
        await Command.OutputAsync("chown", user, site["vsftpd.conf"]);
        return await Daemon.StartAsync($"""
            [ports]
            "127.0.0.1:%ftp%" = "ftp"
            [services.ftp]
            exec = ["/usr/sbin/vsftpd", "{site["vsftpd.conf"]}"]
            user = "{user}"
            """);
    }

    private static Task<IReadOnlyList<LogEvent>> SessionsAsync(Daemon daemon, string records) => daemon.WaitForEventsAsync(records, 2);

    private static RunningProcess Upload(string address) =>
        RunningProcess.Start("curl", ["--silent", "--show-error", "--no-buffer", "--upload-file", ".", address]);

    // A line is with the server when it stands in the file.
    private static async Task SayAsync(RunningProcess client, string file, string line)
    {
        await client.Input.WriteAsync(line);
        await client.Input.FlushAsync(TestContext.Current.CancellationToken);
        await Deadline.UntilAsync(
            () => File.Exists(file) && File.ReadAllText(file).EndsWith(line, StringComparison.Ordinal), $"{line} in {file}");
    }

    private static Task<string> ReadAsync(string path) => File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
}
