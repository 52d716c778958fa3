using System.Globalization;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>A child that cannot be started ends its own connection only, which has an event, a record and a counter.</summary>
public sealed class SpawnFailureTests
{
    private const UnixFileMode Open = (UnixFileMode)0x1ED;
    private static readonly DaemonSetup Setup = new()
    {
        Expected = ["SpawnFailed"],
        Prepare = scratch =>
        {
            File.SetUnixFileMode(scratch.Folder, Open);
            File.Copy("/bin/cat", scratch["cat"]);
        },
    };

    [Theory]
    [InlineData("clone", "error=EAGAIN", "spawn", "EAGAIN")]
    [InlineData("clone", "error=ENOMEM", "spawn", "ENOMEM")]
    [InlineData("execve", "error=EAGAIN", "exec", "EAGAIN")]
    [InlineData("execve", "error=ENOMEM", "exec", "ENOMEM")]
    [InlineData("execve", "error=EACCES", "exec", "EACCES")]
    [InlineData("execve", "error=ETXTBSY", "exec", "ETXTBSY")]
    public async Task Start_ThatTheSystemRefuses_IsNamedAndCounted(string call, string fault, string step, string errno)
    {
        await using var daemon = await StartAsync("");
        await using (await FaultInjection.AttachAsync(daemon, fault, call))
        {
            await FailAsync(daemon, step, errno, 1);
            await FailAsync(daemon, step, errno, 2);
            using var other = await daemon.ConnectAsync("echo");
            Assert.Equal("TEST", await other.ExchangeAsync("TEST"));
        }

        await ServeAsync(daemon);
        await CountedAsync(daemon, $"exited 1, unspawned 2 ({step} {errno} 2)");
    }

    [Theory]
    [InlineData("setpriority", "nice = 5", "nice")]
    [InlineData("setgroups", "user = \"nobody\"", "group")]
    [InlineData("setresgid", "user = \"nobody\"", "group")]
    [InlineData("setresuid", "user = \"nobody\"", "user")]
    [InlineData("keyctl", "user = \"nobody\"", "keyring")]
    [InlineData("capset", "user = \"nobody\"", "capabilities")]
    [InlineData("prctl", "user = \"root\"", "no_new_privs")]
    public async Task Step_ThatTheSystemRefuses_EndsTheChildBeforeItsProgram(string call, string keys, string step)
    {
        await using var daemon = await StartAsync(keys);
        await using (await FaultInjection.AttachAsync(daemon, "error=EACCES", call))
        {
            await FailAsync(daemon, step, "EACCES", 1);
        }

        await ServeAsync(daemon);
        await CountedAsync(daemon, $"exited 1, unspawned 1 ({step} EACCES 1)");
    }

    [Fact]
    public async Task Program_ThatVanished_IsNamedAndCounted()
    {
        await using var daemon = await StartAsync("");
        File.Delete(daemon.Scratch["cat"]);
        await FailAsync(daemon, "exec", "ENOENT", 1);
        File.Copy("/bin/cat", daemon.Scratch["cat"]);

        await ServeAsync(daemon);
        await CountedAsync(daemon, "exited 1, unspawned 1 (exec ENOENT 1)");
    }

    [Fact]
    public async Task Program_ThatIsBeingWritten_IsNamedAndCounted()
    {
        await using var daemon = await StartAsync("");
        await using (File.Open(daemon.Scratch["cat"], FileMode.Open, FileAccess.Write))
        {
            await FailAsync(daemon, "exec", "ETXTBSY", 1);
        }

        await ServeAsync(daemon);
    }

    [Fact]
    public async Task Program_ThatIsNone_IsNamedAndCounted()
    {
        await using var daemon = await StartAsync("");
        File.WriteAllText(daemon.Scratch["cat"], "no program");

        await FailAsync(daemon, "exec", "ENOEXEC", 1);
    }

    [Fact]
    public async Task Program_ThatTheUserMayNotExecute_IsNamedAndCounted()
    {
        Privilege.Require("children of another user");
        await using var daemon = await StartAsync("user = \"nobody\"");
        File.SetUnixFileMode(daemon.Scratch["cat"], UnixFileMode.UserRead | UnixFileMode.UserExecute);

        await FailAsync(daemon, "exec", "EACCES", 1);
    }

    [Fact]
    public async Task WorkingDirectory_ThatVanished_IsNamedAndCounted()
    {
        await using var daemon = await Daemon.StartAsync(Map("cwd = \"%dir%/work\""), Setup with
        {
            Prepare = scratch =>
            {
                Setup.Prepare!(scratch);
                Directory.CreateDirectory(scratch["work"]);
            },
        });
        Directory.Delete(daemon.Scratch["work"]);

        await FailAsync(daemon, "cwd", "ENOENT", 1);
    }

    [Fact]
    public async Task RootDirectory_ThatVanished_IsNamedAndCounted()
    {
        Privilege.Require("a root directory of its own");
        await using var daemon = await Daemon.StartAsync(Map("chroot = \"%dir%/jail\"", exec: "/cat"), Setup with
        {
            Prepare = scratch =>
            {
                Setup.Prepare!(scratch);
                Directory.CreateDirectory(scratch["jail"]);
                // A program that needs no loader.
                File.Copy(Path.Combine(BuiltTree.Folder, "netsuperd-exec"), scratch["jail/cat"]);
            },
        });
        Directory.Delete(daemon.Scratch["jail"], recursive: true);

        await FailAsync(daemon, "chroot", "ENOENT", 1);
    }

    [Fact]
    public async Task Limit_AboveTheDaemonsOwn_IsNamedAndCounted()
    {
        Privilege.Require("a daemon of another user");
        string[] asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        await using var daemon = await Daemon.StartAsync(
            Map("limits = { core = 1000 }") + "\n[defaults]\n", Setup with { Through = asNobody });

        // It was allowed when the map was loaded.
        await Command.OutputAsync(
            asNobody[0], [.. asNobody[1..], "prlimit", $"--pid={await ProcFiles.ForkServerAsync(daemon.Pid)}", "--core=0:0"]);

        await FailAsync(daemon, "limits", "EPERM", 1);
    }

    [Fact]
    public async Task User_WithoutProcessesLeft_IsNamedAndCounted()
    {
        Privilege.Require("children of another user");

        // A user that no other test uses: the limit counts all its processes. The one that is about to be is not yet among them.
        var user = (100_000 + (Environment.ProcessId % 100_000)).ToString(CultureInfo.InvariantCulture);
        await using var daemon = await StartAsync($"user = {user}\nlimits = {{ nproc = 1 }}");
        using var first = await HoldAsync(daemon);
        using var second = await HoldAsync(daemon);
        await FailAsync(daemon, "exec", "EAGAIN", 1);

        Assert.Equal("TEST", await first.ExchangeAsync("TEST"));
        await daemon.WaitForRecordAsync(first.Name);
        await ServeAsync(daemon);
    }

    [Fact]
    public async Task Start_ThatTakesLong_DelaysNoOtherClient()
    {
        await using var daemon = await StartAsync("");
        await using var fault = await FaultInjection.AttachAsync(daemon, "delay_enter=1000000");
        using var client = await daemon.ConnectAsync("p");
        var answer = client.ExchangeAsync("TEST");
        await Deadline.UntilAsync(() => ProcFiles.Children(daemon.Pid).Count > 0, "a child that is being started");

        for (var i = 0; i < 20; i++)
        {
            using var other = await daemon.ConnectAsync("echo");
            Assert.Equal("TEST", await other.ExchangeAsync("TEST"));
        }

        Assert.False(answer.IsCompleted);
        Assert.Equal("TEST", await answer);
    }

    private static Task<Daemon> StartAsync(string keys) => Daemon.StartAsync(Map(keys), Setup);

    private static string Map(string keys, string exec = "%dir%/cat") => $"""
        [ports]
        "127.0.0.1:%p%" = "cat"
        %echo% = "echo"
        [services.cat]
        exec = ["{exec}"]
        {keys}
        """;

    private static async Task FailAsync(Daemon daemon, string step, string errno, int count)
    {
        using var client = await daemon.ConnectAsync("p");
        Assert.Equal("", await client.ReadToEndAsync());

        var failed = await daemon.WaitForEventAsync("SpawnFailed", found => found["Failures"] == $"{count}");
        Assert.Equal(("cat", step), (failed["Service"], failed["Step"]));
        var (_, end) = await daemon.WaitForRecordAsync(client.Name);
        Assert.Equal((end["ConnectionId"], "the connection is closed"), (failed["ConnectionId"], failed["Outcome"]));
        Assert.Equal("unspawned", end["End"]);
        Assert.Equal(errno, failed["Errno"]);
    }

    private static async Task<TcpPeer> HoldAsync(Daemon daemon)
    {
        var client = await daemon.ConnectAsync("p");
        await client.SendAsync("x");
        await client.ReceiveAsync(1);
        return client;
    }

    private static async Task ServeAsync(Daemon daemon)
    {
        using var client = await daemon.ConnectAsync("p");
        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
        await daemon.WaitForRecordAsync(client.Name);
    }

    private static async Task CountedAsync(Daemon daemon, string totals)
    {
        Assert.Equal(0, await daemon.StopAsync());
        Assert.Equal(totals, (await daemon.WaitForEventAsync("Served", found => found["Service"] == "cat"))["Totals"]);
    }
}
