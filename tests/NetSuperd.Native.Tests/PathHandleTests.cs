using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

/// <summary>The mask of file modes belongs to the whole process.</summary>
[Collection(RunsAlone.Name)]
public sealed class PathHandleTests : IDisposable
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netsuperd-handle-");
    private readonly PathHandle _handle;

    public PathHandleTests() => _handle = PathHandles.Find(_folder.FullName);

    private string Log => Path.Combine(_folder.FullName, "log");

    public void Dispose()
    {
        _handle.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void Has_ALink_IsTrueAndFollowsOnlyLinksOfTheFolder()
    {
        Assert.False(PathHandle.Has(_folder.FullName, "link"));
        Assert.False(PathHandle.Has(Path.Combine(_folder.FullName, "none"), "link"));

        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "link"), "/nonexistent");

        Assert.True(PathHandle.Has(_folder.FullName, "link"));
        Assert.True(PathHandle.Has($"/proc/self/root{_folder.FullName}", "link"));
        Assert.False(PathHandle.Has(Path.Combine(_folder.FullName, "link"), "link"));
    }

    [Fact]
    public void OpenToAppend_TwoWriters_WriteAtTheEndOfTheMoment()
    {
        using (var one = _handle.CreateFile("log", Mode))
        using (var file = _handle.Find("log")!)
        using (var other = file.OpenToAppend())
        {
            Bytes.Write(one, "one "u8);
            Bytes.Write(other, "two "u8);
            Assert.Equal("one two ", File.ReadAllText(Log));
            File.WriteAllText(Log, "");
            Bytes.Write(one, "three"u8);
        }

        Assert.Equal("three", File.ReadAllText(Log));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0x3F)]
    [InlineData(0x1FF)]
    public void Create_AFileOrFolder_HasTheModeWithAnyMask(int mask)
    {
        var before = Libc.umask(mask);
        try
        {
            _handle.CreateFile("log", Mode).Dispose();
            _handle.CreateFolder("folder", Mode);
        }
        finally
        {
            _ = Libc.umask(before);
        }

        Assert.Equal((Mode, Mode), (FileStatus.Of(Log)!.Mode, FileStatus.Of(Path.Combine(_folder.FullName, "folder"))!.Mode));
    }

    [Theory]
    [InlineData("file")]
    [InlineData("link")]
    [InlineData("folder")]
    public void Create_ANameThatIsTaken_ThrowsAndFollowsNothing(string what)
    {
        switch (what)
        {
            case "file":
                File.WriteAllText(Log, "");
                break;
            case "link":
                File.CreateSymbolicLink(Log, Log + ".target");
                break;
            default:
                Directory.CreateDirectory(Log);
                break;
        }

        Assert.Equal(Errno.EEXIST, Assert.Throws<CallException>(() => _handle.CreateFile("log", Mode)).Errno);
        Assert.Equal(Errno.EEXIST, Assert.Throws<CallException>(() => _handle.CreateFolder("log", Mode)).Errno);
        Assert.False(File.Exists(Log + ".target"));
    }

    [Fact]
    public void Find_ALink_IsTheLinkItself()
    {
        File.CreateSymbolicLink(Log, "/nonexistent/ü");
        using var link = _handle.Find("log")!;

        Assert.Equal((FileType.SymbolicLink, "/nonexistent/ü", Log), (link.Status.Type, link.Target(), link.Path));
        Assert.Null(_handle.FindBehind("log"));
        Assert.Null(_handle.Find("missing"));
    }

    [Fact]
    public void Find_AFifo_IsNotWaitedFor()
    {
        _ = CProgram.Run($$"""
            #include <sys/stat.h>
            int main(void) { return mkfifo("{{Log}}", 0600); }
            """);
        using var fifo = _handle.Find("log")!;

        Assert.Equal(FileType.Fifo, fifo.Status.Type);
    }

    [Fact]
    public void Held_AFileThatIsReplaced_IsStillTheFileThatWasFound()
    {
        File.WriteAllText(Log, "found");
        using var file = _handle.Find("log")!;
        File.WriteAllText(Log + ".new", "replaced");
        File.Move(Log + ".new", Log, overwrite: true);

        using var stream = new FileStream(file.OpenToRead(), FileAccess.Read, bufferSize: 0);
        using var reader = new StreamReader(stream);
        Assert.Equal("found", reader.ReadToEnd());
        Assert.False(file.Status.Is(FileStatus.Of(Log)!));
    }

    [Fact]
    public void Rename_AndRemove_ActInTheFolderThatIsHeld()
    {
        var moved = _folder.FullName + ".moved";
        File.WriteAllText(Log, "log");
        Directory.Move(_folder.FullName, moved);
        File.CreateSymbolicLink(_folder.FullName, "/nonexistent");
        try
        {
            _handle.Rename("log", "other");
            Assert.Equal([Path.Combine(moved, "other")], Directory.GetFileSystemEntries(moved));
            _handle.Remove("other");
            Assert.Empty(Directory.GetFileSystemEntries(moved));
            Assert.Equal(Errno.ENOENT, Assert.Throws<CallException>(() => _handle.Remove("other")).Errno);
        }
        finally
        {
            File.Delete(_folder.FullName);
            Directory.Move(moved, _folder.FullName);
        }
    }

    [Fact]
    public void SetSocketAccess_WhatIsNoSocket_IsLeftAlone()
    {
        File.WriteAllText(Log, "");
        File.SetUnixFileMode(Log, Mode);
        using var file = _handle.Find("log")!;

        Assert.Equal(Errno.ENOTSOCK, Assert.Throws<CallException>(() => file.SetSocketAccess(1, 1, UnixFileMode.OtherWrite)).Errno);
        Assert.Equal((Mode, ProcessIdentity.EffectiveUserId), (FileStatus.Of(Log)!.Mode, FileStatus.Of(Log)!.UserId));
    }

    [Fact]
    public void Open_AnyFile_IsCloseOnExec()
    {
        using var made = _handle.CreateFile("log", Mode);
        using var found = _handle.Find("log")!;
        using var opened = found.OpenToAppend();

        Assert.All(new[] { made, opened }, file => Assert.Equal(Libc.FD_CLOEXEC, Libc.fcntl(file, Libc.F_GETFD, 0)));
    }

    [Fact]
    public void Name_WithNul_IsNoName() =>
        Assert.Equal(Errno.EINVAL, Assert.Throws<CallException>(() => _handle.Find("log\0x")).Errno);
}
