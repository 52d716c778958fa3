namespace NetSuperd.Native.Tests;

/// <summary>The mask of file modes belongs to the whole process.</summary>
[Collection(Alone.Name)]
public sealed class AppendFileTests : IDisposable
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netsuperd-append-");

    private string Log => Path.Combine(_folder.FullName, "log");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Open_TwoWriters_WriteAtTheEndOfTheMoment()
    {
        using (var one = AppendFile.Open(Log, Mode))
        using (var other = AppendFile.Open(Log, Mode))
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
    public void Open_ANewFile_HasTheModeWhateverTheMask(int mask)
    {
        var before = Libc.umask(mask);
        try
        {
            AppendFile.Open(Log, Mode).Dispose();
        }
        finally
        {
            _ = Libc.umask(before);
        }

        Assert.Equal(Mode, File.GetUnixFileMode(Log));
    }

    [Fact]
    public void Open_AFileThatIsThere_KeepsItsMode()
    {
        const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead;
        File.WriteAllText(Log, "");
        File.SetUnixFileMode(Log, Own);

        AppendFile.Open(Log, Mode).Dispose();

        Assert.Equal(Own, File.GetUnixFileMode(Log));
    }

    [Fact]
    public void Open_ALinkToNothing_MakesItsTarget()
    {
        File.CreateSymbolicLink(Log, Log + ".target");

        AppendFile.Open(Log, Mode).Dispose();

        Assert.True(File.Exists(Log + ".target"));
    }

    [Fact]
    public void Open_AnyFile_IsCloseOnExec()
    {
        using var file = AppendFile.Open(Log, Mode);

        Assert.Equal(Libc.FD_CLOEXEC, Libc.fcntl(file, Libc.F_GETFD, 0));
    }

    [Theory]
    [InlineData("missing/log", Errno.ENOENT)]
    [InlineData("log\0x", Errno.EINVAL)]
    public void Open_WhereNoFileCanBe_SaysWhy(string name, Errno reason) =>
        Assert.Equal(reason, Assert.Throws<LibcException>(() => AppendFile.Open(Path.Combine(_folder.FullName, name), Mode)).Errno);
}
