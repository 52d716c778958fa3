using System.Globalization;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>
/// Children of a daemon in narrow surroundings: another user, a user namespace, few processes, long paths, and the most that a program may
/// be told.
/// </summary>
public sealed class SurroundingsTests
{
    private const UnixFileMode Open = (UnixFileMode)0x1ED;

    [Theory]
    [InlineData("setpriv --reuid=nobody", "65534")]
    [InlineData("setpriv --reuid=nobody --regid=65534 --clear-groups", "65534")]
    [InlineData("setpriv --reuid=nobody --regid=65534 --clear-groups unshare --user", "65534")]
    [InlineData("setpriv --reuid=54321 --regid=54321 --clear-groups unshare --user --map-current-user", "54321")]
    [InlineData("unshare --user --map-root-user", "0")]
    public async Task Child_OfADaemonWithOtherRights_IsThatUserAndServes(string through, string user)
    {
        Privilege.Require("a daemon of another user");
        var isRoot = user == "0";
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            "127.0.0.1:%p%" = "c"
            [services.c]
            exec = ["/bin/sh", "-c", "id -u; cat"]
            [defaults]
            {(isRoot ? "user = \"root\"" : "")}
            """, new DaemonSetup { Through = through.Split(' '), Prepare = scratch => File.SetUnixFileMode(scratch.Folder, Open) });
        using var client = await daemon.ConnectAsync("p");

        Assert.Equal($"{user}\nTEST", await client.ExchangeAsync("TEST"));

        var (_, end) = await daemon.WaitForRecordAsync(client.Name);
        Assert.Equal(("exited", "with status 0"), (end["End"], end["Detail"]));
    }

    [Fact]
    public async Task Daemon_RootOfANamespaceThatAnotherUserMade_TrustsTheFilesOfTheSystemAsThatUserDoes()
    {
        Privilege.Require("a daemon of another user");

        // In the namespace, the system's files belong to a user that it does not know.
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%p%" = "c"
            [services.c]
            exec = ["/bin/sh", "-c", "id -u; cat"]
            user = "root"
            [daemon]
            control = "%dir%/control.sock"
            """, new DaemonSetup
        {
            Through = [.. "setpriv --reuid=54321 --regid=54321 --clear-groups unshare --user --map-root-user".Split(' ')],
            Prepare = scratch => File.SetUnixFileMode(scratch.Folder, Open | UnixFileMode.OtherWrite),
        });
        using var client = await daemon.ConnectAsync("p");

        Assert.Equal("0\nTEST", await client.ExchangeAsync("TEST"));
        Assert.Equal("54321", ProcFiles.Status(daemon.Pid, "Uid").Split('\t')[0]);
    }

    [Fact]
    public async Task Groups_WhereTheNamespaceForbidsThem_AreAnError()
    {
        Privilege.Require("a user namespace");
        await using var daemon = Daemon.Launch("""
            [ports]
            "127.0.0.1:%p%" = "c"
            [services.c]
            exec = ["/bin/cat"]
            groups = "none"
            """, new DaemonSetup { Through = ["unshare", "--user", "--map-root-user"] });

        Assert.Equal(78, await daemon.ExitAsync());

        Assert.Matches(@"map\.toml:5:10: error: this user namespace forbids setting groups", daemon.Log.Text);
    }

    [Fact]
    public async Task Daemon_WhoseUserHasNoProcessLeft_RecordsThatAndServesAfterwards()
    {
        Privilege.Require("a daemon of another user");

        // A user that no other test uses: the limit counts all its processes and threads.
        var user = (200_000 + (Environment.ProcessId % 100_000)).ToString(CultureInfo.InvariantCulture);
        string[] asUser = ["setpriv", $"--reuid={user}", $"--regid={user}", "--clear-groups"];
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%p%" = "c"
            "127.0.0.1:%echo%" = "echo"
            [services.c]
            exec = ["/bin/cat"]
            [defaults]
            """, new DaemonSetup
        {
            Through = asUser,
            Prepare = scratch => File.SetUnixFileMode(scratch.Folder, Open),
            Expected = ["SpawnFailed"],
        });
        string[] limit = [.. asUser[1..], "prlimit", $"--pid={await ProcFiles.ForkServerAsync(daemon.Pid)}"];
        await Command.OutputAsync(asUser[0], [.. limit, "--nproc=1:"]);

        for (var failed = 1; failed <= 3; failed++)
        {
            using var lost = await daemon.ConnectAsync("p");
            Assert.Equal("", await lost.ReadToEndAsync());
            Assert.Equal("unspawned", (await daemon.WaitForRecordAsync(lost.Name)).End["End"]);
            var said = await daemon.WaitForEventAsync("SpawnFailed", found => found["Failures"] == $"{failed}");
            Assert.Equal(("spawn", "EAGAIN"), (said["Step"], said["Errno"]));
        }

        using var other = await daemon.ConnectAsync("echo");
        Assert.Equal("TEST", await other.ExchangeAsync("TEST"));
        await Command.OutputAsync(asUser[0], [.. limit, "--nproc=1000:"]);
        using var client = await daemon.ConnectAsync("p");
        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
    }

    [Theory]
    [InlineData("512KiB", 128 << 10)]
    [InlineData("8MiB", 2 << 20)]
    [InlineData("unlimited", 6 << 20)]
    public async Task Environment_AsLongAsTheSystemAllows_IsTheChildsAndALongerOneIsRefused(string stack, int room)
    {
        // What check keeps free for a connection and an interpreter, and the other variables and arguments.
        const int Kept = 4096;
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            "127.0.0.1:%p%" = "c"
            [services.c]
            exec = ["/bin/sh", "-c", "exec /bin/cat /proc/self/environ"]
            limits.stack = "{stack}"
            {Variables(room - Kept)}
            """);
        using var client = await daemon.ConnectAsync("p");

        var environment = await client.ReadToEndAsync();

        Assert.InRange(environment.Length, room - Kept - (16 * 64), room);
        Assert.Equal("with status 0", (await daemon.WaitForRecordAsync(client.Name)).End["Detail"]);
        daemon.Edit(map => map.Replace("limits.stack", $"env.MORE = \"{new string('m', Kept)}\"\nlimits.stack", StringComparison.Ordinal));
        var result = await Netsuperd.RunAsync("check", "--config", daemon.Scratch["map.toml"]);
        Assert.Equal(78, result.Status);
        Assert.Matches(
            $@"map\.toml:5:1: error: the arguments and the environment of a child of 'c' take [0-9]+ bytes .* gives them {room}, ",
            result.Errors);
    }

    [Fact]
    public async Task Arguments_AsLongAsTheSystemAllows_ReachTheChild()
    {
        // MAX_ARG_STRLEN of execve(2), with the zero at the end.
        var longest = new string('a', (32 * Environment.SystemPageSize) - 1);
        await using var daemon = await Daemon.StartAsync($$"""
            [ports]
            "127.0.0.1:%p%" = "c"
            [services.c]
            exec = ["/bin/sh", "-c", "echo ${#1} ${#2} $#", "sh",
              "{{longest}}",
              "{{longest}}"{{string.Concat(Enumerable.Repeat(", \"\"", 10_000))}}]
            limits.stack = "8MiB"
            """);
        using var client = await daemon.ConnectAsync("p");

        Assert.Equal($"{longest.Length} {longest.Length} 10002\n", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Program_BelowALongRootDirectory_RunsAsItsUser()
    {
        Privilege.Require("a root directory of its own");

        // Nearly PATH_MAX (limits.h) for each of them, and the map is read by its own path.
        var root = string.Join('/', Enumerable.Repeat(new string('r', 200), 15));
        var inner = string.Join('/', Enumerable.Repeat(new string('i', 200), 4));
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            "127.0.0.1:%p%" = "c"
            [services.c]
            exec = ["/{inner}/help", "--help"]
            chroot = "%dir%/{root}"
            cwd = "/{inner}"
            user = "nobody"
            """, new DaemonSetup
        {
            Prepare = scratch =>
            {
                File.SetUnixFileMode(scratch.Folder, Open);
                Directory.CreateDirectory(scratch[$"{root}/{inner}"]);

                // A program that needs no loader.
                File.Copy(Path.Combine(BuiltTree.Folder, "netsuperd-exec"), scratch[$"{root}/{inner}/help"]);
            },
        });
        using var client = await daemon.ConnectAsync("p");

        Assert.StartsWith("usage: netsuperd-exec", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    /// <summary>Variables that take so many bytes with their names, zeros and pointers.</summary>
    private static string Variables(int bytes)
    {
        const int OfOne = 100_000;
        const int Beside = 3 + 1 + 1 + 8;
        return string.Join('\n', Enumerable.Range(0, (bytes / OfOne) + 1)
            .Select(i => $"env.V{i:00} = \"{new string('x', Math.Max(0, Math.Min(OfOne, bytes - (i * OfOne)) - Beside))}\""));
    }
}
