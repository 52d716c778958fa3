using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Programs;

/// <summary><c>git daemon --inetd</c>, and <c>git clone</c>.</summary>
public sealed class GitDaemonTests
{
    [Fact]
    public async Task Clone_FromGitDaemon_HasTheCommit()
    {
        const string Git = "/usr/bin/git";
        using var site = new Site();
        using var own = new Scratch();
        var repository = site["repository"];
        await Command.OutputAsync(Git, "init", "--quiet", repository);
        site.Write("repository/noise", Site.Noise(200_000));
        await Command.OutputAsync(Git, "-C", repository, "add", "noise");
        await Command.OutputAsync(
            Git, "-C", repository, "-c", "user.name=test", "-c", "user.email=test@example.invalid", "commit", "--quiet", "-m", "first");
        await site.OpenAsync();
        await using var daemon = await Daemon.StartAsync($$"""
            [ports]
            %git% = "git"
            [services.git]
            exec = ["{{Git}}", "daemon", "--inetd", "--export-all", "--base-path={{site.Folder}}"]
            user = "{{Site.User}}"
            env = { GIT_CONFIG_COUNT = "1", GIT_CONFIG_KEY_0 = "safe.directory", GIT_CONFIG_VALUE_0 = "*" }
            """);

        await Command.OutputAsync(Git, "clone", "--quiet", $"git://127.0.0.1:{daemon.Port("git")}/repository", own["clone"]);

        Assert.Equal(
            await Command.OutputAsync(Git, "-C", repository, "rev-parse", "HEAD"),
            await Command.OutputAsync(Git, "-C", own["clone"], "rev-parse", "HEAD"));
        Assert.Equal(Site.Noise(200_000), await File.ReadAllBytesAsync(own["clone/noise"], TestContext.Current.CancellationToken));
        await daemon.WaitForEventAsync("ChildEnded", found => found["Service"] == "git" && found["End"] == "exited");
    }
}
