using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

public sealed class FileStatusTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netsuperd-status-");

    private string File1 => Path.Combine(_folder.FullName, "file");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Of_AFile_HasOwnerModeAndType()
    {
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.GroupWrite | UnixFileMode.OtherExecute | UnixFileMode.SetUser;
        File.WriteAllText(File1, "");
        File.SetUnixFileMode(File1, Mode);

        var status = FileStatus.Of(File1)!;
        Assert.Equal((FileType.Regular, Mode, ProcessIdentity.EffectiveUserId), (status.Type, status.Mode, status.UserId));
    }

    [Theory]
    [InlineData("/", FileType.Directory)]
    [InlineData("/dev/null", FileType.CharacterDevice)]
    [InlineData("/proc/self/exe", FileType.Regular)]
    public void Of_AKnownPath_HasItsType(string path, FileType type) => Assert.Equal(type, FileStatus.Of(path)!.Type);

    [Fact]
    public void Of_ADescriptor_IsWhatTheNumberLeadsTo()
    {
        File.WriteAllText(File1, "");
        using var file = File.OpenHandle(File1);
        using var pair = SocketPair.Create();
        var status = FileStatus.Of(pair.Other)!;

        Assert.Equal(FileStatus.Of(File1), FileStatus.Of(file));
        Assert.Equal(FileType.Socket, status.Type);
        Assert.Equal($"socket:[{status.Id.Inode}]", new FileInfo($"/proc/self/fd/{pair.Other.DangerousGetHandle()}").LinkTarget);
    }

    [Fact]
    public void Of_LinksAndOtherFiles_DiffersByDeviceAndInode()
    {
        File.WriteAllText(File1, "");
        File.CreateSymbolicLink(File1 + ".link", File1);
        File.WriteAllText(File1 + ".other", "");

        Assert.Equal(Identity(File1), Identity(File1 + ".link"));
        Assert.NotEqual(Identity(File1), Identity(File1 + ".other"));
        Assert.NotEqual(Identity(File1).Device, Identity("/proc/version").Device);
    }

    [Fact]
    public void Of_NothingThere_IsNull()
    {
        File.WriteAllText(File1, "");

        Assert.Null(FileStatus.Of(File1 + ".missing"));
        Assert.Null(FileStatus.Of(File1 + "\0x"));
    }

    [Fact]
    public void IsExecutable_Modes_DecideIt()
    {
        File.WriteAllText(File1, "");
        File.SetUnixFileMode(File1, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.False(FileStatus.IsExecutable(File1));

        File.SetUnixFileMode(File1, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.True(FileStatus.IsExecutable(File1));
        Assert.False(FileStatus.IsExecutable(File1 + "\0x"));
        Assert.False(FileStatus.IsExecutable(File1 + ".missing"));
    }

    private static FileId Identity(string path) => FileStatus.Of(path)!.Id;
}
