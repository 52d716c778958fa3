namespace NetSuperd.Native.Tests;

public sealed class FileStatusTests
{
    [Theory]
    [InlineData("/dev/null", FileType.CharacterDevice)]
    [InlineData("/", FileType.Directory)]
    [InlineData("/etc/passwd", FileType.Regular)]
    public void Of_Path_KnowsItsType(string path, FileType type) => Assert.Equal(type, FileStatus.Of(path)?.Type);

    [Fact]
    public void Of_File_AgreesWithTheRuntime()
    {
        var folder = Directory.CreateTempSubdirectory("netsuperd-");
        var file = Path.Combine(folder.FullName, "file");
        var link = Path.Combine(folder.FullName, "link");
        File.WriteAllText(file, "");
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherWrite | UnixFileMode.SetUser;
        File.SetUnixFileMode(file, Mode);
        File.CreateSymbolicLink(link, file);

        var status = FileStatus.Of(file)!;

        Assert.Equal((Mode, FileType.Regular), (status.Mode, status.Type));
        Assert.Equal(status, FileStatus.Of(link));
        Assert.NotEqual(status.Inode, FileStatus.Of(folder.FullName)!.Inode);
        Assert.Equal(status.Device, FileStatus.Of(folder.FullName)!.Device);
        Assert.Equal(FileStatus.Of("/proc/self")!.UserId, status.UserId);
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("/nonexistent")]
    [InlineData("")]
    [InlineData("/etc/passwd\0x")]
    [InlineData("/etc/passwd/x")]
    public void Of_WhatIsNotThere_IsNull(string path)
    {
        Assert.Null(FileStatus.Of(path));
        Assert.False(FileStatus.IsExecutable(path));
    }

    [Theory]
    [InlineData("/bin/sh", true)]
    [InlineData("/etc/passwd", false)]
    public void IsExecutable_Program_IsTrue(string path, bool executable) => Assert.Equal(executable, FileStatus.IsExecutable(path));
}
