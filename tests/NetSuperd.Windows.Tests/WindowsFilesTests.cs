using System.Text;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Platform;
using NetSuperd.Windows.Files;
using NetSuperd.Windows.Hosting;

namespace NetSuperd.Windows.Tests;

public sealed class WindowsFilesTests : IDisposable
{
    private const UnixFileMode LogMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private readonly WindowsFiles _files = new();
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Append_ByTwoWriters_LosesNothing()
    {
        var path = PathOf("log");
        using var one = Log(path);
        using var other = Log(path);

        one.Write("one\n"u8);
        other.Write("other\n"u8);
        one.Write("again\n"u8);

        Assert.Equal("one\nother\nagain\n", Read(path));
    }

    [Fact]
    public void Append_AFileThatIsRotated_KeepsTheOldOneAndMakesANewOne()
    {
        var path = PathOf("log");
        using var old = Log(path);
        old.Write("old\n"u8);

        File.Move(path, PathOf("log.1"));
        old.Write("late\n"u8);
        using var opened = Log(path);
        opened.Write("new\n"u8);

        Assert.Equal(("old\nlate\n", "new\n"), (Read(PathOf("log.1")), Read(path)));
        File.Delete(path);
    }

    [Fact]
    public void Append_ToAFolder_IsRefused() => Assert.Throws<IOException>(() => _files.Append(_folder, LogMode));

    [Fact]
    public void Append_WithoutTheFolder_SaysSo() => Assert.Equal(
        Errno.ENOENT, Assert.Throws<CallException>(() => _files.Append(PathOf(@"none\log"), LogMode)).Errno);

    [Fact]
    public void RemoveEmpty_RemovesNoFileWithLines()
    {
        var (empty, full) = (PathOf("empty"), PathOf("full"));
        File.WriteAllText(empty, "");
        File.WriteAllText(full, "x");

        _files.RemoveEmpty(empty);
        _files.RemoveEmpty(full);
        _files.RemoveEmpty(PathOf("none"));

        Assert.Equal((false, true), (File.Exists(empty), File.Exists(full)));
    }

    [Fact]
    public void StatusOf_AFolder_IsAFolder()
    {
        Assert.Equal(FileType.Directory, _files.StatusOf(_folder)?.Type);
        Assert.Null(_files.StatusOf(PathOf("none")));
    }

    [Theory]
    [InlineData("secret", 100, null, "secret")]
    [InlineData("secret", 3, "is larger than 3 bytes", null)]
    public void ReadPrivate_OfNoSecret_ReadsIt(string text, int most, string? wrong, string? expected)
    {
        File.WriteAllText(PathOf("file"), text);

        Assert.Equal(expected, _files.ReadPrivate(PathOf("file"), Secrecy.None, most, out var problem));
        Assert.EndsWith(wrong ?? "", problem ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void ReadPrivate_OfWhatIsNoFile_SaysWhy()
    {
        Assert.Null(_files.ReadPrivate(PathOf("none"), Secrecy.Others, 100, out var none));
        Assert.Equal($"there is no file '{PathOf("none")}'", none);
        Assert.Null(_files.ReadPrivate(_folder, Secrecy.None, 100, out var folder));
        Assert.Equal($"'{_folder}' is not a regular file", folder);
        Assert.Null(_files.ReadPrivate(PathOf(@"none\x"), Secrecy.None, 100, out var missing));
        Assert.Equal($@"'{PathOf(@"none\x")}' cannot be read: no such file or directory", missing);
    }

    // Wine makes the list from the mode of the file, by which every user may read it.
    [Fact]
    public void ReadPrivate_OfASecretThatEveryoneMayRead_IsRefused()
    {
        File.WriteAllText(PathOf("file"), "secret");
        WindowsPathTests.Share(PathOf("file"), System.Security.AccessControl.FileSystemRights.Read);

        Assert.Null(_files.ReadPrivate(PathOf("file"), Secrecy.GroupAndOthers, 100, out var problem));

        Assert.Contains("can be read by ", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Copy_IsInAFolderOfTheTrustedAlone()
    {
        using var copy = PrivateCopy.Create(_folder, @"x\lib.dll", "TEST"u8);

        Assert.Equal("TEST", File.ReadAllText(copy.Path));
        Assert.Equal("lib.dll", Path.GetFileName(copy.Path));
        using var walk = WindowsPath.Walk(copy.Path, Trustees.OfProcess);
        Assert.Empty(walk.Complaints);
        Assert.Null(AccessList.Reader(walk.Folder.Path, walk.Folder.Access(), Trustees.OfProcess));
    }

    [Fact]
    public void Copy_ThatIsNotLoadedYet_IsNotRemovedByAnotherDaemon()
    {
        using var copy = PrivateCopy.Create(_folder, "lib.dll", "TEST"u8);

        PrivateCopy.Clean(Path.GetDirectoryName(Path.GetDirectoryName(copy.Path))!);

        Assert.Equal("TEST", File.ReadAllText(copy.Path));
    }

    [Fact]
    public void Copies_OfDaemonsThatHaveEnded_AreRemoved()
    {
        var copy = PrivateCopy.Create(_folder, "lib.dll", "TEST"u8);
        var folder = Path.GetDirectoryName(copy.Path)!;
        copy.Dispose();
        Assert.False(Directory.Exists(folder));

        Directory.CreateDirectory(folder);
        PrivateCopy.Clean(Path.GetDirectoryName(folder)!);

        Assert.False(Directory.Exists(folder));
    }

    [Theory]
    [InlineData("foo", "foo.dll foo")]
    [InlineData("foo.1", "foo.1.dll foo.1")]
    [InlineData("Foo.DLL", "Foo.DLL")]
    [InlineData("foo.exe", "foo.exe")]
    [InlineData("foo.", "foo.")]
    public void LibraryNames_WithoutASuffix_HaveTheOneOfWindows(string library, string names) =>
        Assert.Equal(names, string.Join(' ', _files.LibraryNames(library)));

    [Fact]
    public void PidFile_IsThereUntilItIsRemoved()
    {
        var path = PathOf("netsuperd.pid");
        File.WriteAllText(path, "stale, and longer than the number of a process");

        var file = WindowsPidFile.Write(path);
        Assert.Equal($"{Environment.ProcessId}\r\n", File.ReadAllText(path));
        file.Remove();

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void PidFile_OfAnotherProcess_Stays()
    {
        var path = PathOf("netsuperd.pid");
        var file = WindowsPidFile.Write(path);
        File.WriteAllText(path, "1\r\n");

        file.Remove();

        Assert.True(File.Exists(path));
    }

    [Fact]
    public void PidFile_WithoutTheFolder_SaysWhy() => Assert.Equal(
        $"cannot write the pid file {PathOf(@"none\x")}: no such file or directory",
        Assert.Throws<IOException>(() => WindowsPidFile.Write(PathOf(@"none\x"))).Message);

    private static string Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return new StreamReader(file, Encoding.ASCII).ReadToEnd();
    }

    private Stream Log(string path)
    {
        SafeFileHandle file = _files.Append(path, LogMode);
        return new WindowsInstallation(service: null).Lines(file);
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}
