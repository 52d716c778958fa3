using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Programs;

/// <summary><c>git daemon --inetd</c>, and <c>git clone</c>.</summary>
public sealed class GitDaemonTests
{
    private const string Git = "/usr/bin/git";

    [Fact]
    public async Task Clone_FromGitDaemon_HasTheCommit()
    {
        using var site = new ServedFolder();
        await MakeAsync(site);
        await using var daemon = await Daemon.StartAsync($$"""
            [ports]
            %git% = "git"
            [services.git]
            exec = ["{{Git}}", "daemon", "--inetd", "--export-all", "--base-path={{site.Folder}}"]
            user = "{{ServedFolder.User}}"
            env = { GIT_CONFIG_COUNT = "1", GIT_CONFIG_KEY_0 = "safe.directory", GIT_CONFIG_VALUE_0 = "*" }
            """);

        await AssertClonesAsync(site, daemon);
    }

    [Fact]
    public async Task Clone_ByTheSampleFromARepositoryOfRoot_HasTheCommit()
    {
        Privilege.Require("the sample serves as nobody what root owns");
        using var site = new ServedFolder();
        await MakeAsync(site);
        site.Write("repository/.git/git-daemon-export-ok", "");
        await site.OpenAsync();
        var sample = await File.ReadAllTextAsync(
            Path.Combine(BuiltTree.Repository, "etc/netsuperd.d/git.toml.disabled"), TestContext.Current.CancellationToken);
        await using var daemon = await Daemon.StartAsync(sample
            .Replace("9418 =", "%git% =", StringComparison.Ordinal).Replace("/srv/git\"", $"{site.Folder}\"", StringComparison.Ordinal));

        await AssertClonesAsync(site, daemon);
    }

    private static async Task MakeAsync(ServedFolder site)
    {
        var repository = site["repository"];
        await Command.OutputAsync(Git, "init", "--quiet", repository);
        site.Write("repository/noise", ServedFolder.Noise(200_000));
        await Command.OutputAsync(Git, "-C", repository, "add", "noise");
        await Command.OutputAsync(
            Git, "-C", repository, "-c", "user.name=test", "-c", "user.email=test@example.invalid", "commit", "--quiet", "-m", "first");
        await site.OpenAsync();
    }

    private static async Task AssertClonesAsync(ServedFolder site, Daemon daemon)
    {
        using var own = new Scratch();
        await Command.OutputAsync(Git, "clone", "--quiet", $"git://127.0.0.1:{daemon.Port("git")}/repository", own["clone"]);

        Assert.Equal(
            await Command.OutputAsync(Git, "-C", site["repository"], "rev-parse", "HEAD"),
            await Command.OutputAsync(Git, "-C", own["clone"], "rev-parse", "HEAD"));
        Assert.Equal(ServedFolder.Noise(200_000), await File.ReadAllBytesAsync(own["clone/noise"], TestContext.Current.CancellationToken));
        await daemon.WaitForEventAsync("ChildEnded", found => found["Service"] == "git" && found["End"] == "exited");
    }
}
