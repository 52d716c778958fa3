using System.Security.AccessControl;
using System.Security.Principal;
using NetSuperd.Platform;
using NetSuperd.Windows.Files;

namespace NetSuperd.Windows.Tests;

public sealed class WindowsPathTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Walk_AFile_FindsItAndItsFolder()
    {
        var path = Write("map.toml", "TEST");

        using var walk = Walk(path);

        Assert.Null(walk.Failure);
        Assert.Equal((path, FileType.Regular, 4UL), (walk.File!.Path, walk.File.Status.Type, walk.File.Status.Size));
        Assert.Equal((_folder, FileType.Directory), (walk.Folder.Path, walk.Folder.Status.Type));
        using var file = new StreamReader(new FileStream(walk.File.OpenToRead(), FileAccess.Read));
        Assert.Equal("TEST", file.ReadToEnd());
    }

    [Fact(Skip = "Wine opens a file again by its path", SkipType = typeof(Wine), SkipWhen = nameof(Wine.IsHere))]
    public void Walk_AFileThatIsReplaced_ReadsTheOneThatWasFound()
    {
        using var walk = Replaced();

        using var file = new StreamReader(new FileStream(walk.File!.OpenToRead(), FileAccess.Read));

        Assert.Equal("OLD", file.ReadToEnd());
    }

    [Fact(Skip = "only Wine opens a file again by its path", SkipType = typeof(Wine), SkipUnless = nameof(Wine.IsHere))]
    public void Walk_AFileThatIsReplaced_ReadsNoOther()
    {
        using var walk = Replaced();

        Assert.Equal(Errno.ENOENT, Assert.Throws<CallException>(walk.File!.OpenToRead).Errno);
    }

    [Theory]
    [InlineData("none", null)]
    [InlineData(@"none\map.toml", Errno.ENOENT)]
    [InlineData(@"map.toml\x", Errno.ENOTDIR)]
    [InlineData("map.toml:stream", Errno.EINVAL)]
    public void Walk_ToNothing_SaysWhy(string path, Errno? expected)
    {
        Write("map.toml", "");

        using var walk = Walk(Path.Combine(_folder, path));

        Assert.Null(walk.File);
        Assert.Equal(expected, walk.Failure?.Errno);
    }

    [Fact]
    public void Walk_ToAVolumeThatIsNotThere_Fails()
    {
        using var walk = Walk(@"Q:\map.toml");

        Assert.NotNull(walk.Failure);
    }

    [Fact]
    public void Walk_ARootFolder_IsAFolder()
    {
        using var walk = Walk(@"C:\");

        Assert.Equal((null, FileType.Directory), (walk.Failure, walk.File?.Status.Type));
    }

    [Fact]
    public void Status_TellsFilesApart()
    {
        var (one, other) = (Find(Write("one", "")), Find(Write("other", "")));
        Assert.False(one.Status.Is(other.Status));
        Assert.Equal("ONE", one.Name);

        var again = Find(Path.Combine(_folder, "ONE"));
        Assert.Equal((true, one.Name), (one.Status.Is(again.Status), again.Name));

        // As the system knows it, and not by path and time.
        File.Delete(Path.Combine(_folder, "one"));
        File.Move(Path.Combine(_folder, "other"), Path.Combine(_folder, "one"));
        Assert.True(other.Status.Is(Find(Path.Combine(_folder, "one")).Status));
    }

    [Fact]
    public void Complaints_OfOwnFiles_AreNone()
    {
        using var walk = Walk(Write("map.toml", ""));

        Assert.Empty(walk.Complaints);
    }

    [Fact]
    public void Complaints_OfAFileThatEveryoneMayChange_NameIt()
    {
        var path = Write("map.toml", "");
        Share(path);

        using var walk = Walk(path);

        Assert.Equal(
            [$"{path} can be changed by Everyone; run: icacls {path} /grant:r *S-1-1-0:RX"],
            walk.Complaints.Select(complaint => complaint.Replace("\"", "", StringComparison.Ordinal)));
    }

    [Fact]
    public void Complaints_OfAFolderAbove_NameIt()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "shared")).FullName;
        Share(folder);
        Directory.CreateDirectory(Path.Combine(folder, "below"));

        using var walk = Walk(Path.Combine(folder, "below", "map.toml"));

        Assert.Equal(0, walk.Complaints.ToList().FindIndex(complaint => complaint.StartsWith(folder, StringComparison.Ordinal)));
    }

    [Fact(Skip = "Wine shows symbolic links as what they lead to", SkipType = typeof(Wine), SkipWhen = nameof(Wine.IsHere))]
    public void Walk_ASymbolicLink_FollowsIt()
    {
        var path = Write("map.toml", "TEST");
        var link = Path.Combine(_folder, "link");
        File.CreateSymbolicLink(link, path);

        using var followed = Walk(link);
        using var itself = WindowsPath.Walk(link, Trustees.OfProcess, followLast: false);

        Assert.Equal((path, FileType.Regular), (followed.File!.Path, followed.File.Status.Type));
        Assert.Equal((link, FileType.SymbolicLink), (itself.File!.Path, itself.File.Status.Type));
    }

    private WindowsPath Replaced()
    {
        var path = Write("map.toml", "OLD");
        var walk = Walk(path);
        File.Move(path, Path.Combine(_folder, "old"));
        Write("map.toml", "NEW");
        return walk;
    }

    private static (FileStatus Status, string Name) Find(string path)
    {
        using var walk = Walk(path);
        return (walk.File!.Status, walk.Name);
    }

    private static WindowsPath Walk(string path) => WindowsPath.Walk(path, Trustees.OfProcess);

    /// <summary>Gives every user a right on a file or folder.</summary>
    internal static void Share(string path, FileSystemRights rights = FileSystemRights.FullControl)
    {
        var rule = new FileSystemAccessRule(new SecurityIdentifier("S-1-1-0"), rights, AccessControlType.Allow);
        if (Directory.Exists(path))
        {
            var folder = new DirectoryInfo(path);
            var access = folder.GetAccessControl();
            access.AddAccessRule(rule);
            folder.SetAccessControl(access);
        }
        else
        {
            var file = new FileInfo(path);
            var access = file.GetAccessControl();
            access.AddAccessRule(rule);
            file.SetAccessControl(access);
        }
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
