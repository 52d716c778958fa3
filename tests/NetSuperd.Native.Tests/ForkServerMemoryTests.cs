using System.Diagnostics;
using System.Runtime.InteropServices;

namespace NetSuperd.Native.Tests;

/// <summary>A child uses the memory of the fork server until it executes its program, unless that would be unsafe.</summary>
/// <remarks>By themselves: children are counted.</remarks>
[Collection(RunsAlone.Name)]
public sealed class ForkServerMemoryTests : IDisposable
{
    private const int Slots = 16;
    private const int Nobody = 65534;

    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly TestedForkServer _tested = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("netsuperd-").FullName;

    public ForkServerMemoryTests()
    {
        File.Copy("/bin/echo", Program);
        File.SetUnixFileMode(_folder, Executable);
    }

    public static TheoryData<bool> Parents => [false, true];

    private string Program => Path.Combine(_folder, "program");

    public void Dispose()
    {
        _tested.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Parents))]
    public void TryStart_WhileChildrenDoNotComeToTheirProgram_StartsMore(bool ownChildren)
    {
        var server = _tested.Open(ownChildren);
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
    [InlineData(1_000)]
    [InlineData(2_046)]
    [InlineData(2_047)]
    [InlineData(2_048)]
    [InlineData(3_000)]
    [InlineData(50_000)]
    public void TryStart_ManyVariables_ReachTheChild(int count)
    {
        _tested.Open();
        using var plan = _tested.Plans.Add(["--", "/usr/bin/env"], [.. Enumerable.Range(0, count).Select(i => $"V{i}=")]);

        var (output, end) = _tested.Run(plan, "OWN=");

        Assert.Equal((0, count + 1), (end.Status, output.Count(letter => letter == '\n')));
    }

    [Fact]
    public void TryStart_AsManyGroupsAsTheSystemAllows_HasRoomOnTheStack()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root sets groups");
        _tested.Open();
        var groups = string.Join(',', Enumerable.Range(1, 65_536));
        using var plan = _tested.Plans.Add(
            [$"--groups={groups}", "--gid=7", "--", "/usr/bin/perl", "-e", "my @groups = split ' ', $(; print scalar @groups"],
            [.. Enumerable.Range(0, 2_000).Select(i => $"V{i}=")]);

        Assert.Equal("65537", _tested.Run(plan).Output);
    }

    [Fact]
    public async Task TryStart_AChildOfAnotherUser_GivesThatUserNoWayIntoTheMemory()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: children of another user");
        var server = _tested.Open();
        using var output = Pipe.Create();
        using var plan = _tested.Plans.Add([$"--uid={Nobody}", $"--gid={Nobody}", "--groups=", "--", Program], []);
        ChildProcess child;
        using (Hold())
        {
            child = _tested.Start(plan, output, [], []);
            await Polling.UntilAsync(
                () => File.ReadAllText($"/proc/{child.Pid}/status").Contains($"Uid:\t{Nobody}", StringComparison.Ordinal), "the user");

            Assert.True(SharesMemory(server, child));
            foreach (var pid in (int[])[child.Pid, server.Process.Pid])
            {
                Assert.Equal("refused", AsNobody($"open(my $f, '+<', '/proc/{pid}/mem') ? 'open' : 'refused'"));
                Assert.Equal("refused", AsNobody($"open(my $f, '<', '/proc/{pid}/environ') ? 'open' : 'refused'"));
                Assert.Equal("refused", AsNobody($"syscall({(IsArm ? 117 : 101)}, 16, {pid}, 0, 0) ? 'refused' : 'traced'"));
            }
        }

        Assert.Equal(0, _tested.Reap(child).Status);
        child.Dispose();
    }

    [Theory]
    [InlineData("0", true)]
    [InlineData("1", false)]
    [InlineData("2", true)]
    public void TryStart_WhereTheKernelWouldNotHideTheMemory_CopiesIt(string dumpable, bool shares)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: a mount");
        const string Setting = "/proc/sys/fs/suid_dumpable";
        var (setting, helper) = (Path.Combine(_folder, "suid_dumpable"), Path.Combine(_folder, "helper"));
        File.WriteAllText(setting, $"{dumpable}\n");
        File.WriteAllText(helper, $"""
            #!/bin/sh
            exec unshare --mount /bin/sh -c 'mount --bind {setting} {Setting} && exec {TestedForkServer.Helper} "$@"' sh "$@"
            """);
        File.SetUnixFileMode(helper, Executable);
        var server = _tested.Open(helper: helper);
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

    private ProgramLease Hold() => new(Program);
}
