using System.Diagnostics;
using System.Runtime.InteropServices;
using NetSuperd.Systems;

namespace NetSuperd.Native.Tests;

/// <summary>A child uses the memory of the fork server until it executes its program, unless that would be unsafe.</summary>
/// <remarks>By themselves: children are counted.</remarks>
[Collection(RunsAlone.Name)]
public sealed class ForkServerMemoryTests : IDisposable
{
    private const int Slots = 16;
    private const int LongestShared = 16_384;
    private const int Nobody = 65534;
    private const string Dumpable = "/proc/sys/fs/suid_dumpable";

    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly TestedForkServer _tested = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("netsuperd-").FullName;

    public ForkServerMemoryTests()
    {
        File.Copy("/bin/echo", Program);
        File.SetUnixFileMode(_folder, Executable);
    }

    private string Program => Path.Combine(_folder, "program");

    private string Setting => Path.Combine(_folder, "suid_dumpable");

    public void Dispose()
    {
        _tested.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void TryStart_WhileChildrenDoNotComeToTheirProgram_StartsMore()
    {
        var server = OpenSharing();
        using var output = Pipe.Create();
        using var plan = _tested.Plans.Add(["--", Program, "-n", "x"], []);
        var children = new List<ChildProcess>();
        using (Hold())
        {
            for (var i = 0; i < Slots + 4; i++)
            {
                children.Add(_tested.Start(plan, output, [], []));
            }

            Assert.All(children[..Slots], child => Assert.True(SharesMemory(server, child)));
            Assert.All(children[Slots..], child => Assert.False(SharesMemory(server, child)));
        }

        Assert.All(children, child => Assert.Equal(0, _tested.Reap(child).Status));
        using (Hold())
        {
            children.Add(_tested.Start(plan, output, [], []));
            Assert.True(SharesMemory(server, children[^1]));
        }

        Assert.Equal(0, _tested.Reap(children[^1]).Status);
        children.ForEach(child => child.Dispose());
    }

    [Theory]
    [InlineData(LongestShared, true)]
    [InlineData(LongestShared + 1, false)]
    [InlineData(100_000, false)]
    public void TryStart_APlan_IsSharedIfASlotHasRoomForIt(int length, bool shares)
    {
        var server = OpenSharing();
        using var output = Pipe.Create();
        using var shortest = _tested.Plans.Add(["--", Program, "-n"], [""]);
        using var plan = _tested.Plans.Add(["--", Program, "-n"], [new string('x', length - (int)shortest.Length)]);
        Assert.Equal(length, plan.Length);
        ChildProcess child;
        using (Hold())
        {
            child = _tested.Start(plan, output, [], []);
            Assert.Equal(shares, SharesMemory(server, child));
        }

        Assert.Equal(0, _tested.Reap(child).Status);
        child.Dispose();
    }

    [Theory]
    [InlineData(16_000)]
    [InlineData(100_000)]
    public void TryStart_AsManyVariablesAsALengthAllows_HasRoomOnTheStack(int count)
    {
        OpenSharing();
        using var plan = _tested.Plans.Add(["--", "/usr/bin/wc", "-c", "/proc/self/environ"], [.. Enumerable.Repeat("", count)]);

        Assert.Equal($"{count + "OWN=x".Length + 1} /proc/self/environ\n", _tested.Run(plan, "OWN=x").Output);
    }

    [Theory]
    [InlineData(8_000)]
    [InlineData(65_536)]
    public void TryStart_AsManyGroupsAsALengthAllows_HasRoomOnTheStack(int count)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root sets groups");
        OpenSharing();
        using var plan = _tested.Plans.Add(
            [$"--groups={string.Join(',', Enumerable.Repeat(5, count))}", "--", "/usr/bin/perl", "-e", "print scalar(() = $( =~ / 5/g)"],
            []);

        Assert.Equal($"{count}", _tested.Run(plan).Output);
    }

    [Fact]
    public async Task TryStart_AChildOfAnotherUser_GivesThatUserNoWayIntoTheMemory()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: children of another user");
        var server = OpenSharing();
        using var output = Pipe.Create();
        using var plan = _tested.Plans.Add([$"--uid={Nobody}", $"--gid={Nobody}", "--groups=", "--", Program], []);
        ChildProcess child;
        using (Hold())
        {
            child = _tested.Start(plan, output, [], []);
            await Waiting.UntilAsync(
                () => File.ReadAllText($"/proc/{child.Pid}/status").Contains($"Uid:\t{Nobody}", StringComparison.Ordinal), "the user");

            Assert.True(SharesMemory(server, child));
            Assert.Equal("refused", AsNobody($"open(my $f, '+<', '/proc/{child.Pid}/mem') ? 'open' : 'refused'"));
            Assert.Equal("refused", AsNobody($"open(my $f, '<', '/proc/{child.Pid}/environ') ? 'open' : 'refused'"));
            Assert.Equal("refused", AsNobody($"syscall({(IsArm ? 117 : 101)}, 16, {child.Pid}, 0, 0) ? 'refused' : 'traced'"));
        }

        Assert.Equal(0, _tested.Reap(child).Status);
        child.Dispose();
    }

    [Fact]
    public void TryStart_WhereTheKernelWouldNotHideTheMemory_CopiesIt()
    {
        var server = OpenWith("0");
        using var output = Pipe.Create();
        using var plan = _tested.Plans.Add(["--", Program], []);
        var children = new List<ChildProcess>();
        using (Hold())
        {
            foreach (var (dumpable, shares) in (ReadOnlySpan<(string, bool)>)[("0", true), ("1", false), ("2", false), ("0", true)])
            {
                File.WriteAllText(Setting, $"{dumpable}\n");
                children.Add(_tested.Start(plan, output, [], []));
                Assert.Equal(shares, SharesMemory(server, children[^1]));
            }
        }

        Assert.All(children, child => Assert.Equal(0, _tested.Reap(child).Status));
        children.ForEach(child => child.Dispose());
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("--inh-caps=+net_bind_service --ambient-caps=+net_bind_service", false)]
    public void TryStart_OfAnotherUserWithCapabilities_CopiesTheMemory(string capabilities, bool shares)
    {
        // A child drops them, and may then be traced by its user.
        var server = OpenWith("0", $"setpriv --reuid={Nobody} --regid={Nobody} --clear-groups {capabilities}");
        using var output = Pipe.Create();
        using var plan = _tested.Plans.Add(["--", Program], []);
        ChildProcess child;
        using (Hold())
        {
            child = _tested.Start(plan, output, [], []);
            Assert.Equal(shares, SharesMemory(server, child));
        }

        Assert.Equal(0, _tested.Reap(child).Status);
        child.Dispose();
    }

    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    // kcmp(2), KCMP_VM
    private static bool SharesMemory(ForkServer server, ChildProcess child) =>
        Perl($"print syscall({(IsArm ? 272 : 312)}, {server.Process.Pid}, {child.Pid}, 1, 0, 0)") switch
        {
            "0" => true,
            "1" or "2" or "3" => false,
            var other => throw new InvalidOperationException($"kcmp(2) returns {other}"),
        };

    private static string AsNobody(string expression) =>
        Perl($"$) = '{Nobody} {Nobody}'; ($(, $<, $>) = ({Nobody}, {Nobody}, {Nobody}); print {expression}");

    private static string Perl(string program)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/perl", ["-e", program]) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }

    private ForkServer OpenSharing()
    {
        if (Environment.IsPrivilegedProcess)
        {
            return OpenWith("0");
        }

        Assert.SkipUnless(File.ReadAllText(Dumpable).Trim() == "0", $"{Dumpable} is not 0");
        return _tested.Open();
    }

    /// <summary>Starts it with another fs.suid_dumpable, and by a command.</summary>
    private ForkServer OpenWith(string dumpable, string through = "")
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: a mount");
        var (script, helper) = (Path.Combine(_folder, "script"), Path.Combine(_folder, "helper"));
        File.WriteAllText(Setting, $"{dumpable}\n");
        File.Copy(TestedForkServer.Helper, helper);
        File.WriteAllText(script, $"""
            #!/bin/sh
            exec unshare --mount /bin/sh -c 'mount --bind {Setting} {Dumpable} && exec {through} {helper} "$@"' sh "$@"
            """);
        File.SetUnixFileMode(script, Executable);
        return _tested.Open(helper: script);
    }

    private ProgramLease Hold() => new(Program);
}
