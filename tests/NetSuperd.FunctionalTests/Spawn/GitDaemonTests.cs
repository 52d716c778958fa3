using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>A server that was written for inetd.</summary>
public sealed class GitDaemonTests
{
    [Fact]
    public async Task GitDaemon_AsAChild_ServesAClone()
    {
        const string Git = "/usr/bin/git";
        Assert.SkipUnless(File.Exists(Git), "needs git");
        using var scratch = new Scratch();
        var repository = scratch["repository"];
        await Command.OutputAsync(Git, "init", "--quiet", repository);
        await Command.OutputAsync(
            Git, "-C", repository, "-c", "user.name=test", "-c", "user.email=test@example.invalid", "commit", "--quiet", "--allow-empty", "-m", "first");
        await using var daemon = await Daemon.StartAsync($$"""
            [ports]
            %git% = "git"
            [services.git]
            exec = ["{{Git}}", "daemon", "--inetd", "--export-all", "--base-path={{scratch.Folder}}"]
            env = { GIT_CONFIG_COUNT = "1", GIT_CONFIG_KEY_0 = "safe.directory", GIT_CONFIG_VALUE_0 = "*" }
            """);

        await Command.OutputAsync(Git, "clone", "--quiet", $"git://127.0.0.1:{daemon.Port("git")}/repository", scratch["clone"]);

        Assert.Equal(
            await Command.OutputAsync(Git, "-C", repository, "rev-parse", "HEAD"),
            await Command.OutputAsync(Git, "-C", scratch["clone"], "rev-parse", "HEAD"));
    }
}
