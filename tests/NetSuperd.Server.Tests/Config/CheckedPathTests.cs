using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Server.Tests.Config;

/// <summary>Paths of the daemon in folders that other users can write, as attacks.</summary>
public sealed class CheckedPathTests : IDisposable
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Open = (UnixFileMode)0x1FF;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("file")]
    [InlineData("./file")]
    [InlineData("deep/../file")]
    [InlineData("link")]
    [InlineData("there/file")]
    [InlineData("relative")]
    public void Walk_PathsOfRoot_LeadToTheFile(string name)
    {
        var file = _folder.Write("file", "found");
        _folder.Write("deep/other", "");
        File.CreateSymbolicLink(In("link"), file);
        File.CreateSymbolicLink(In("there"), _folder.Path);
        File.CreateSymbolicLink(In("relative"), "deep/.././file");

        using var walk = Walk(In(name));

        Assert.Empty(walk.Complaints);
        Assert.Null(walk.Failure);
        Assert.Equal((file, _folder.Path, "file"), (walk.File!.Path, walk.Folder.Path, walk.Name));
        Assert.True(walk.File.Status.Is(FileStatus.Of(file)!));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/.")]
    [InlineData("/tmp/..")]
    public void Walk_TheRootDirectory_IsAFolder(string path)
    {
        using var walk = Walk(path);

        Assert.Equal(FileType.Directory, walk.File!.Status.Type);
        Assert.Equal("/", walk.File.Path);
    }

    [Fact]
    public void Walk_ALinkToAFolder_IsTheFolder()
    {
        File.CreateSymbolicLink(In("root"), "/");
        File.CreateSymbolicLink(In("here"), ".");
        using var root = Walk(In("root"));
        using var here = Walk(In("here"));

        Assert.Equal(("/", FileType.Directory), (root.File!.Path, root.File.Status.Type));
        Assert.Equal((_folder.Path, FileType.Directory), (here.File!.Path, here.File.Status.Type));
    }

    [Theory]
    [InlineData("missing/file", Errno.ENOENT)]
    [InlineData("file/below", Errno.ENOTDIR)]
    [InlineData("loop", Errno.ELOOP)]
    [InlineData("loop/file", Errno.ELOOP)]
    [InlineData("nul\0x", Errno.EINVAL)]
    public void Walk_WhereNoFolderIs_FailsAndOpensNothing(string name, Errno reason)
    {
        _folder.Write("file", "");
        File.CreateSymbolicLink(In("loop"), "loop");

        using var walk = Walk(In(name));

        Assert.Equal(reason, walk.Failure!.Errno);
        Assert.Equal(reason, Assert.Throws<CallException>(() => walk.Folder).Errno);
        Assert.Equal(reason, Assert.Throws<CallException>(() => CheckedPath.Open(In(name))).Errno);
    }

    [Fact]
    public void Walk_ALinkInTheLastPlace_IsFollowedOrFound()
    {
        File.CreateSymbolicLink(In("link"), "target");
        using var followed = Walk(In("link"));
        using var found = CheckedPath.Walk(In("link"), Own, followLast: false);

        Assert.Equal(("target", null), (followed.Name, followed.File));
        Assert.Equal(("link", FileType.SymbolicLink), (found.Name, found.File!.Status.Type));
    }

    [Fact]
    public void Walk_AnOpenFileOfProc_IsTheFileAndNotItsText()
    {
        var path = _folder.Write("file", "open");
        using var file = File.OpenHandle(path);
        File.Delete(path);

        using var walk = Walk($"/proc/self/fd/{file.DangerousGetHandle()}");

        Assert.Empty(walk.Complaints);
        Assert.True(walk.File!.Status.Is(FileStatus.Of(file)!));
    }

    [Theory]
    [InlineData("/var/run")]
    [InlineData("/dev/null")]
    [InlineData("/dev/stderr")]
    [InlineData("/proc/self/cwd")]
    [InlineData("/run/netsuperd/control.sock")]
    public void Walk_PathsOfTheSystem_AreTrusted(string path)
    {
        using var walk = CheckedPath.Walk(path, Own);

        Assert.Empty(walk.Complaints);
    }

    [Fact]
    public void Append_ALinkOfAnotherUser_IsRefused()
    {
        Attacker.Require();
        var victim = _folder.Write("victim", "precious");
        var log = Path.Combine(Attacker.Folder(_folder), "log");
        Attacker.Do("ln", "-s", victim, log);

        Assert.EndsWith($"chown root {_folder.Path}/attacker", Refused(log), StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(victim));
    }

    [Theory]
    [InlineData("link", "rm")]
    [InlineData("file", "chown root")]
    public void Append_WhatAnotherUserMadeInAStickyFolder_IsRefused(string what, string command)
    {
        Attacker.Require();
        var victim = _folder.Write("victim", "precious");
        var shared = Sticky();
        Attacker.Do(what == "link" ? "ln" : "cp", what == "link" ? ["-s", victim, $"{shared}/log"] : ["/dev/null", $"{shared}/log"]);

        Assert.EndsWith($"{command} {shared}/log", Refused($"{shared}/log"), StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(victim));
    }

    [Theory]
    [InlineData("65534", "600", "belongs to another user")]
    [InlineData("0", "622", "can be written by other users")]
    public void Open_AFifoThatAnotherUserCanWrite_IsRefused(string owner, string mode, string reason)
    {
        Attacker.Require();
        var fifo = $"{Sticky()}/fifo";
        Attacker.Run("mkfifo", "-m", mode, fifo);
        Attacker.Run("chown", owner, fifo);

        Assert.Contains(reason, Assert.Throws<UntrustedPathException>(() => CheckedPath.Open(fifo)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Walk_AnOpenPipeOfAnotherUser_IsTrusted()
    {
        Attacker.Require();
        using var pipe = Pipe.Create();
        pipe.GiveTo(Attacker.UserId, Attacker.UserId);

        using var walk = CheckedPath.Walk($"/proc/self/fd/{pipe.Reader.DangerousGetHandle()}", 0);

        Assert.Equal(FileType.Fifo, walk.File!.Status.Type);
        Assert.Empty(walk.Complaints);
    }

    [Fact]
    public void Append_ASecondNameOfRootsFileInAStickyFolder_IsRefused()
    {
        Attacker.Require();
        var victim = _folder.Write("victim", "precious");
        var shared = Sticky();
        Attacker.Run("ln", victim, $"{shared}/log");

        Assert.Contains("hard link", Refused($"{shared}/log"), StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(victim));
    }

    [Fact]
    public void Open_ASecondNameOfRootsSocketInAStickyFolder_IsRefused()
    {
        Attacker.Require();
        using var socket = UnixListener.Bind(In("victim"), SocketType.Stream);
        var shared = Sticky();
        Attacker.Run("ln", In("victim"), $"{shared}/socket");

        Assert.Contains(
            "hard link", Assert.Throws<UntrustedPathException>(() => CheckedPath.Open($"{shared}/socket")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Append_ASecondNameInAFolderOfRoot_IsOpened()
    {
        var file = _folder.Write("file", "");
        Attacker.Run("ln", file, In("log"));

        CheckedFile.Append(In("log"), Mode).Dispose();
    }

    [Fact]
    public void Append_AFolderSwappedForALink_IsRefused()
    {
        Attacker.Require();
        var mine = Attacker.Folder(_folder);
        _folder.Write("precious/file", "precious");
        Attacker.Do("ln", "-s", $"{_folder.Path}/precious", $"{mine}/logs");

        Assert.NotEmpty(Refused($"{mine}/logs/file"));
        Assert.Equal("precious", File.ReadAllText(In("precious/file")));
    }

    [Theory]
    [InlineData("u:65534:rwx", "setfacl -x u:65534")]
    [InlineData("g:65534:rwx", "setfacl -x g:65534")]
    public void Append_AFolderWithAnAccessControlList_IsRefused(string list, string command)
    {
        Attacker.Require();
        var folder = Directory.CreateDirectory(In("open")).FullName;
        Attacker.Run("setfacl", "-m", list, folder);

        Assert.EndsWith($"{command} {folder}", Refused($"{folder}/log"), StringComparison.Ordinal);
    }

    [Fact]
    public void Append_AFolderThatGivesRightsToWhatIsMadeInIt_MakesAFileThatNoOtherUserCanWrite()
    {
        Attacker.Require();
        var folder = Directory.CreateDirectory(In("giving")).FullName;
        Attacker.Run("chmod", "o+x", _folder.Path, folder);
        Attacker.Run("setfacl", "-d", "-m", "u:65534:rwx,o::rwx", folder);

        CheckedFile.Append($"{folder}/log", Mode).Dispose();

        using var again = CheckedPath.Open($"{folder}/log");
        Assert.Equal(Mode, again.File!.Status.Mode);
        Assert.ThrowsAny<Exception>(() => Attacker.Do("sh", "-c", $"echo >> {folder}/log"));
    }

    [Fact]
    public void Append_AFifo_IsNotWaitedFor()
    {
        Attacker.Run("mkfifo", In("log"));

        Assert.Throws<IOException>(() => CheckedFile.Append(In("log"), Mode));
    }

    [Fact]
    public void Append_ADeviceOrALinkOfRoot_IsOpened()
    {
        File.CreateSymbolicLink(In("log"), In("target"));

        CheckedFile.Append("/dev/null", Mode).Dispose();
        CheckedFile.Append(In("log"), Mode).Dispose();

        Assert.Equal(Mode, File.GetUnixFileMode(In("target")));
    }

    [Fact]
    public void Walk_AnotherFolderAfterwards_ActsInTheFolderThatWasJudged()
    {
        Directory.CreateDirectory(In("folder"));
        Directory.CreateDirectory(In("evil"));
        using var walk = Walk(In("folder/file"));
        Directory.Move(In("folder"), In("moved"));
        File.CreateSymbolicLink(In("folder"), In("evil"));

        walk.Folder.CreateFile(walk.Name, Mode).Dispose();

        Assert.True(File.Exists(In("moved/file")));
        Assert.Empty(Directory.GetFileSystemEntries(In("evil")));
    }

    private static uint Own => ProcessIdentity.EffectiveUserId;

    private string In(string name) => Path.Combine(_folder.Path, name);

    private string Sticky()
    {
        var shared = Directory.CreateDirectory(In("shared")).FullName;
        File.SetUnixFileMode(_folder.Path, File.GetUnixFileMode(_folder.Path) | UnixFileMode.OtherExecute);
        File.SetUnixFileMode(shared, Open | UnixFileMode.StickyBit);
        return shared;
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "It throws.")]
    private static string Refused(string path) => Assert.Throws<UntrustedPathException>(() => CheckedFile.Append(path, Mode)).Message;

    private static CheckedPath Walk(string path) => CheckedPath.Walk(path, Own);
}
