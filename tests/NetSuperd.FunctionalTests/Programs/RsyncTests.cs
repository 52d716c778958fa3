using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Programs;

/// <summary><c>rsync --daemon</c>, which knows by its standard input that inetd started it, and <c>rsync</c>.</summary>
public sealed class RsyncTests
{
    private const string Rsync = "/usr/bin/rsync";

    [Fact]
    public async Task Tree_CopiedFromTheServerAndBack_IsTheSame()
    {
        using var site = new ServedFolder();
        using var own = new Scratch();
        site.Write("tree/empty", "");
        site.Write("tree/noise", ServedFolder.Noise(1_000_000));
        for (var number = 0; number < 100; number++)
        {
            site.Write($"tree/folder {number % 7}/file {number}", ServedFolder.Noise(number * 37));
        }

        site.Inbox("inbox");
        site.Write("rsyncd.conf", $"""
            use chroot = no
            [tree]
            path = {site["tree"]}
            [inbox]
            path = {site["inbox"]}
            read only = no
            """);
        await site.OpenAsync();
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            %rsync% = "rsync"
            [services.rsync]
            exec = ["{Rsync}", "--daemon", "--config={site["rsyncd.conf"]}"]
            user = "{ServedFolder.User}"
            """);
        var server = $"rsync://127.0.0.1:{daemon.Port("rsync")}";

        await Command.OutputAsync(Rsync, "--recursive", "--times", $"{server}/tree/", own["copy"]);
        await Command.OutputAsync("diff", "--recursive", site["tree"], own["copy"]);

        // The folder belongs to another user, and only its owner can set its time.
        await Command.OutputAsync(Rsync, "--recursive", "--times", "--omit-dir-times", own["copy"] + "/", $"{server}/inbox/");
        await Command.OutputAsync("diff", "--recursive", site["tree"], site["inbox"]);

        Assert.Equal(102, Directory.GetFiles(site["inbox"], "*", SearchOption.AllDirectories).Length);
        Assert.Equal($"{ServedFolder.User}\n", await Command.OutputAsync("stat", "--format=%U", site["inbox/noise"]));
    }
}
