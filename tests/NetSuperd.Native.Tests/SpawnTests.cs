using System.Globalization;
using NetSuperd.Platform;
using NetSuperd.Systems;

namespace NetSuperd.Native.Tests;

[Collection(RunsAlone.Name)]
public sealed class SpawnTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netsuperd-spawn-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Start_Descriptors_MatchTheRequestExactly()
    {
        using var inheritable = Inheritable();
        var (three, _) = Spawned.Run(Spawned.Shell("ls /proc/$$/fd"));
        using var log = File.OpenHandle("/dev/null");
        var (five, _) = Spawned.Run(Spawned.Shell("ls /proc/$$/fd"), log, log);

        Assert.Equal(["0", "1", "2"], Lines(three));
        Assert.Equal(["0", "1", "2", "3", "4"], Lines(five));
    }

    [Fact]
    public void Start_ArgumentsAndEnvironment_ArriveWhole()
    {
        var (output, end) = Spawned.Run(Spawned.Shell("") with
        {
            Path = "/usr/bin/env",
            Arguments = ["called-so", "printf", "%s|", "", "a b", "ümlaut €"],
            Environment = ["PATH=/usr/bin:/bin"],
        });
        var (environment, _) = Spawned.Run(Spawned.Shell("") with
        {
            Path = "/usr/bin/env",
            Arguments = ["env"],
            Environment = ["A=1", "B=ü="],
        });

        Assert.Equal(0, end.Status);
        Assert.Equal("|a b|ümlaut €|", output);
        Assert.Equal(["A=1", "B=ü="], Lines(environment));
    }

    [Fact]
    public void Start_Signals_AreAllDefaultAndNoneIsBlocked()
    {
        var (output, _) = Spawned.Run(Spawned.Shell("exec cat /proc/self/status"));
        var daemon = File.ReadAllText("/proc/thread-self/status");

        // 64 bits, so 32 and 33, which the C library keeps for itself, are among them. The runtime ignores SIGPIPE, or this shows nothing.
        Assert.NotEqual(0ul, Mask(daemon, "SigIgn"));
        Assert.Equal(0ul, Mask(output, "SigIgn"));
        Assert.Equal(0ul, Mask(output, "SigBlk"));
        Assert.Equal(0ul, Mask(output, "SigCgt"));
    }

    [Fact]
    public void Start_Session_IsTheChildsOwn()
    {
        var (output, _) = Spawned.Run(Spawned.Shell("exec cat /proc/self/stat"));
        var fields = output.Split(' ');

        // pid (comm) state ppid pgrp session
        Assert.Equal(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), fields[3]);
        Assert.Equal(fields[0], fields[4]);
        Assert.Equal(fields[0], fields[5]);
    }

    [Fact]
    public void Start_DescriptorsWhoseNumbersTheChildGets_AreNotMixedUp()
    {
        using var one = Pipe.Create();
        using var two = Pipe.Create();
        var (low, high) = (Low(one.Writer, 3), Low(two.Writer, 4));

        // 3 and 4 change places, and stand twice each.
        var (output, end) = Spawned.Run(Spawned.Shell("echo one >&4; echo two >&3; echo three >&5"), high, low, high);

        Assert.Equal((0, ""), (end.Status, output));
        Assert.Equal("one\n", Text(one));
        Assert.Equal("two\nthree\n", Text(two));
        low.Dispose();
        high.Dispose();
    }

    [Theory]
    [InlineData("missing", null, Errno.ENOENT)]
    [InlineData("forbidden", "#!/bin/sh\n", Errno.EACCES)]
    [InlineData("noise", "\u0001\u0002\u0003", Errno.ENOEXEC)]
    public void Start_WhatCannotStart_ThrowsTheErrno(string name, string? content, Errno expected)
    {
        var path = Path.Combine(_folder.FullName, name);
        if (content is not null)
        {
            File.WriteAllText(path, content);
            File.SetUnixFileMode(path, name == "noise" ? UnixFileMode.UserRead | UnixFileMode.UserExecute : UnixFileMode.UserRead);
        }

        var failure = Assert.Throws<CallException>(() => Spawned.Run(Spawned.Shell("") with { Path = path }));

        Assert.Equal(("posix_spawn", path, expected), (failure.Call, failure.Argument, failure.Errno));
    }

    [Fact]
    public async Task Start_ThatFailsOften_LeavesNoDescriptorAndNoChild()
    {
        using var nothing = File.OpenHandle("/dev/null");
        var request = Spawned.Shell("") with { Path = "/nonexistent", Descriptors = [nothing, nothing, nothing] };
        var before = CountOfDescriptors();

        var failures = Enumerable.Range(0, 200)
            .Count(_ => Record.Exception(() => ChildProcess.Start(request)) is CallException { Errno: Errno.ENOENT });

        Assert.Equal(200, failures);

        // The runtime may just have opened a file of its own.
        await Waiting.UntilAsync(() => CountOfDescriptors() <= before, "no descriptor is left");
        Assert.Empty(Children());
    }

    [Fact]
    public void Start_ADisposedDescriptor_ThrowsAndReleasesTheOthers()
    {
        var file = Path.Combine(_folder.FullName, "file");
        File.WriteAllText(file, "");
        using var good = File.OpenHandle(file);
        var gone = File.OpenHandle("/dev/null");
        gone.Dispose();

        Assert.Throws<ObjectDisposedException>(() => ChildProcess.Start(Spawned.Shell("") with { Descriptors = [good, gone] }));
        good.Dispose();

        // A reference that was kept would keep it open.
        Assert.Equal(0, OpenDescriptors.CountOf(file));
    }

    private static int CountOfDescriptors()
    {
        // What other tests have dropped is closed first, or it would hide a descriptor that was left.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Directory.EnumerateFileSystemEntries("/proc/self/fd")
            .Count(fd => new FileInfo(fd).LinkTarget is { } target && !target.EndsWith(".dll", StringComparison.Ordinal));
    }

    /// <summary>Processes, zombies among them, whose parent is this process.</summary>
    private static string[] Children() => [.. Directory.EnumerateDirectories("/proc", "*")
        .Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0]))
        .Select(Stat)
        .Where(stat => stat.Contains($") Z {Environment.ProcessId} ", StringComparison.Ordinal)
            || stat.Contains($") S {Environment.ProcessId} ", StringComparison.Ordinal))];

    private static string Stat(string process)
    {
        try
        {
            return File.ReadAllText($"{process}/stat");
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static ulong Mask(string status, string field) =>
        ulong.Parse(Field(status, field), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static string Field(string status, string name) =>
        Lines(status).Single(line => line.StartsWith($"{name}:", StringComparison.Ordinal))[(name.Length + 1)..].Trim();

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    // A descriptor that exec would keep, as a library that does not know O_CLOEXEC leaves behind.
    private static Descriptor Inheritable()
    {
        var fd = Libc.epoll_create1(0);
        Assert.Equal(0, Libc.fcntl(fd, Libc.F_GETFD, 0));
        return new Descriptor(fd);
    }

    /// <summary>A copy of a descriptor under the lowest free number from the least one.</summary>
    private static Descriptor Low(Descriptor descriptor, int least)
    {
        var copy = Libc.fcntl(descriptor, Libc.F_DUPFD_CLOEXEC, least);
        Assert.True(copy >= least);
        return new Descriptor(copy);
    }

    private static string Text(Pipe pipe)
    {
        var buffer = new byte[100];
        var count = pipe.Read(buffer);
        return System.Text.Encoding.ASCII.GetString(buffer, 0, Math.Max(count, 0));
    }
}
