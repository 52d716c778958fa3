using System.Globalization;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests.Config;

public sealed class OwnershipTests
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const uint Daemon = 1000;

    [Theory]
    [InlineData(0u, 0u, Private, FileType.Regular)]
    [InlineData(Daemon, 5u, Private, FileType.Regular)]
    [InlineData(0u, 5u, Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead, FileType.Directory)]
    [InlineData(0u, 0u, Private | UnixFileMode.GroupWrite, FileType.Regular)]
    [InlineData(0u, 0u, Private | UnixFileMode.OtherWrite | UnixFileMode.StickyBit, FileType.Directory)]
    public void Accepts_WhatOnlyRootAndTheDaemonWrite(uint user, uint group, UnixFileMode mode, FileType type) =>
        Assert.Null(Complaint("/etc/x", new FileStatus(new FileId(1, 1), user, group, mode, type)));

    [Theory]
    [InlineData(0u, 5u, Private | UnixFileMode.GroupWrite, FileType.Regular, "chmod go-w /etc/x")]
    [InlineData(0u, 0u, Private | UnixFileMode.OtherWrite, FileType.Regular, "chmod go-w /etc/x")]
    [InlineData(0u, 0u, Private | UnixFileMode.OtherWrite | UnixFileMode.StickyBit, FileType.Regular, "chmod go-w /etc/x")]
    [InlineData(Daemon, 0u, Private | UnixFileMode.OtherWrite, FileType.Directory, "chmod go-w /etc/x")]
    [InlineData(77u, 0u, Private, FileType.Regular, "chown root /etc/x")]
    [InlineData(77u, 0u, Private | UnixFileMode.StickyBit, FileType.Directory, "chown root /etc/x")]
    [InlineData(77u, 0u, Private, FileType.SymbolicLink, "rm /etc/x")]
    [InlineData(77u, 0u, Private, FileType.Fifo, "rm /etc/x")]
    [InlineData(0u, 0u, Private | UnixFileMode.OtherWrite, FileType.Fifo, "chmod go-w /etc/x")]
    public void Rejects_WhatOthersCanChange_WithTheCommand(uint user, uint group, UnixFileMode mode, FileType type, string command) =>
        Assert.EndsWith(
            $"run: {command}", Complaint("/etc/x", new FileStatus(new FileId(1, 1), user, group, mode, type)), StringComparison.Ordinal);

    [Fact]
    public void Rejects_PathWithBlanksAndQuotes_QuotedForTheShell() =>
        Assert.EndsWith(
            @"run: chmod go-w '/etc/it'\''s here'",
            Complaint("/etc/it's here", new FileStatus(new FileId(1, 1), 0, 0, Private | UnixFileMode.OtherWrite, FileType.Regular)),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("u:77", "u:77")]
    [InlineData("u:0 u:1000 g:0 g:5", "g:5")]
    [InlineData("u:0 u:1000 g:0", null)]
    public void Rejects_WhatAnAccessControlListLetsOthersWrite_WithTheCommand(string entries, string? wrong)
    {
        var ids = entries.Split(' ').ToLookup(entry => entry[0], entry => uint.Parse(entry[2..], CultureInfo.InvariantCulture));
        var writers = new Writers(false, false, [.. ids['u']], [.. ids['g']]);
        var complaint = Ownership.Complaint(
            "/etc/x", new FileStatus(new FileId(1, 1), 0, 0, Private | UnixFileMode.GroupWrite, FileType.Regular), writers, Daemon);

        Assert.Equal(
            wrong is null ? null : $"run: setfacl -x {wrong} /etc/x", complaint?[complaint.IndexOf("run: ", StringComparison.Ordinal)..]);
    }

    [Fact]
    public void Accepts_FileThatIsNotThere()
    {
        using var walk = CheckedPath.Walk("/nonexistent", Daemon);

        Assert.Empty(walk.Complaints);
        Assert.Null(walk.File);
    }

    [Theory]
    [InlineData(true, Severity.Error)]
    [InlineData(false, Severity.Warning)]
    public void Rejects_MapThatOthersWrite_InRunAndWarnsInCheck(bool toRun, Severity severity)
    {
        using var folder = new TemporaryFolder();
        var map = folder.Write("map.toml", "include = [\"d/*.toml\"]\n[ports]\n7 = \"echo\"\n");
        var dropIn = folder.Write("d/one.toml", "[ports]\n8 = \"echo\"\n");
        foreach (var path in new[] { map, dropIn, Path.Combine(folder.Path, "d") })
        {
            File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.OtherWrite);
        }

        var result = LoadAsRoot(map, toRun);

        Assert.Equal(
            [$"chmod go-w {map}", $"chmod go-w {folder.Path}/d", $"chmod go-w {dropIn}"],
            result.Problems.Select(problem => problem.Message[(problem.Message.IndexOf("run: ", StringComparison.Ordinal) + 5)..]));
        Assert.All(result.Problems, problem => Assert.Equal(severity, problem.Severity));
        Assert.Equal(2, result.Map.Ports.Length);
    }

    [Fact]
    public void Rejects_FolderOfTheMapThatOthersWrite_UnlessItIsSticky()
    {
        using var folder = new TemporaryFolder();
        var map = folder.Write("map.toml", "[ports]\n7 = \"echo\"\n");
        var open = File.GetUnixFileMode(folder.Path) | UnixFileMode.OtherWrite;

        File.SetUnixFileMode(folder.Path, open);
        var written = LoadAsRoot(map, toRun: true);
        File.SetUnixFileMode(folder.Path, open | UnixFileMode.StickyBit);
        var sticky = LoadAsRoot(map, toRun: true);

        Assert.EndsWith($"run: chmod go-w {folder.Path}", Assert.Single(written.Problems).Message, StringComparison.Ordinal);
        Assert.Empty(sticky.Problems);
    }

    [Fact]
    public void Rejects_MapBehindALink_WhereOthersWriteTheFolderItLeadsTo()
    {
        using var folder = new TemporaryFolder();
        var target = folder.Write("open/deep/map.toml", "[ports]\n7 = \"echo\"\n");
        var link = Path.Combine(folder.Path, "link.toml");
        File.CreateSymbolicLink(link, target);
        var open = Path.Combine(folder.Path, "open");
        File.SetUnixFileMode(open, File.GetUnixFileMode(open) | UnixFileMode.OtherWrite);

        Assert.EndsWith($"run: chmod go-w {open}", Assert.Single(LoadAsRoot(link, toRun: true).Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rejects_DropInBehindALink_WhereOthersWriteTheFolderItLeadsTo()
    {
        using var folder = new TemporaryFolder();
        var map = folder.Write("map.toml", "include = [\"d/*.toml\"]\n[ports]\n7 = \"echo\"\n");
        var target = folder.Write("open/one.toml", "[ports]\n8 = \"echo\"\n");
        Directory.CreateDirectory(Path.Combine(folder.Path, "d"));
        File.CreateSymbolicLink(Path.Combine(folder.Path, "d/one.toml"), target);
        var open = Path.Combine(folder.Path, "open");
        File.SetUnixFileMode(open, File.GetUnixFileMode(open) | UnixFileMode.OtherWrite);

        Assert.EndsWith($"run: chmod go-w {open}", Assert.Single(LoadAsRoot(map, toRun: true).Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rejects_FolderAboveThatAGroupWrites_UnlessItIsRootsGroup()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root may give a folder to another group");
        using var folder = new TemporaryFolder();
        var map = folder.Write("above/etc/map.toml", "[ports]\n7 = \"echo\"\n");
        var above = Path.Combine(folder.Path, "above");
        File.SetUnixFileMode(above, File.GetUnixFileMode(above) | UnixFileMode.GroupWrite);
        var roots = LoadAsRoot(map, toRun: true);
        Attacker.Run("chgrp", "65534", above);
        var others = LoadAsRoot(map, toRun: true);

        Assert.Empty(roots.Problems);
        Assert.EndsWith($"run: chmod go-w {above}", Assert.Single(others.Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rejects_EmptyIncludeFolderThatOthersWrite()
    {
        using var folder = new TemporaryFolder();
        var map = folder.Write("map.toml", "include = [\"d/*.toml\"]\n[ports]\n7 = \"echo\"\n");
        var included = Directory.CreateDirectory(Path.Combine(folder.Path, "d")).FullName;
        File.SetUnixFileMode(included, File.GetUnixFileMode(included) | UnixFileMode.OtherWrite);

        var problem = Assert.Single(LoadAsRoot(map, toRun: true).Problems);

        Assert.Equal(1, problem.At.Line);
        Assert.EndsWith($"run: chmod go-w {included}", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Accepts_MapThatOthersWrite_WithoutRoot()
    {
        using var folder = new TemporaryFolder();
        var map = folder.Write("map.toml", "[ports]\n7 = \"echo\"\n");
        File.SetUnixFileMode(map, File.GetUnixFileMode(map) | UnixFileMode.OtherWrite);

        Assert.Empty(MapFiles.Load(map).Problems);
    }

    [Theory]
    [InlineData("jail/bin/p", "jail/bin/p", true)]
    [InlineData("jail/bin/p", "jail/bin/p", false)]
    [InlineData("jail/bin/real", "jail/bin/real", true)]
    [InlineData("jail/bin", "jail/bin", true)]
    [InlineData("jail/lib/interpreter", "jail/lib/interpreter", true)]
    [InlineData("jail/lib/interpreter.real", "jail/lib/interpreter.real", true)]
    [InlineData("jail", "jail", true)]
    public void Rejects_AProgramOfRootBelowChroot_WhereAnotherUserCanChangeIt(string theirs, string named, bool toRun)
    {
        Attacker.Require();
        using var folder = new TemporaryFolder();
        var map = Jail(folder, "root");
        var fine = LoadAsRoot(map, toRun);
        Attacker.Run("chown", "-h", $"{Attacker.UserId}", Path.Combine(folder.Path, theirs));

        var problem = LoadAsRoot(map, toRun).Problems.Where(problem => problem.At.Column == 9).Distinct().ToList();

        Assert.Empty(fine.Problems);
        Assert.Equal(toRun ? Severity.Error : Severity.Warning, Assert.Single(problem).Severity);
        Assert.Equal((4, 9), (problem[0].At.Line, problem[0].At.Column));
        Assert.Contains($"{folder.Path}/{named} belongs to another user", problem[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Accepts_AProgramBelowChrootThatAnotherUserCanChange_WhereItsChildrenAreNotRoot()
    {
        Attacker.Require();
        using var folder = new TemporaryFolder();
        var map = Jail(folder, "nobody");
        Attacker.Run("chown", $"{Attacker.UserId}", Path.Combine(folder.Path, "jail/bin/real"));

        Assert.Empty(LoadAsRoot(map, toRun: true).Problems);
    }

    [Fact]
    public void Rejects_TheInterpreterOfAProgramOfRoot_WhereAnotherUserCanChangeIt()
    {
        Attacker.Require();
        using var folder = new TemporaryFolder();
        var interpreter = folder.Write("interpreter", "");
        File.Copy("/bin/true", interpreter, overwrite: true);
        var program = folder.Write("program", $"#!{interpreter}\n");
        File.SetUnixFileMode(program, (UnixFileMode)0b111_101_101);
        var map = folder.Write("map.toml", $"[ports]\n\"127.0.0.1:7\" = \"a\"\n[services.a]\nexec = [\"{program}\"]\nuser = \"root\"\n");
        var fine = LoadAsRoot(map, toRun: true);
        Attacker.Run("chown", $"{Attacker.UserId}", interpreter);

        Assert.Empty(fine.Problems);
        Assert.Contains(
            $"{interpreter} belongs to another user", Assert.Single(LoadAsRoot(map, toRun: true).Problems).Message,
            StringComparison.Ordinal);
    }

    // A script behind links, absolute ones and one that goes above the root directory, and an interpreter behind a link.
    private static string Jail(TemporaryFolder folder, string user)
    {
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
        var jail = Path.Combine(folder.Path, "jail");
        var program = folder.Write("jail/bin/real", "#!/lib/interpreter\n");
        var interpreter = folder.Write("jail/lib/interpreter.real", "no ELF file\n");
        File.SetUnixFileMode(program, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(interpreter, (UnixFileMode)0b111_101_101);
        File.CreateSymbolicLink(Path.Combine(jail, "bin/p"), "/../bin/../../bin/real");
        File.CreateSymbolicLink(Path.Combine(jail, "lib/interpreter"), "interpreter.real");
        return folder.Write(
            "map.toml", $"[ports]\n\"127.0.0.1:7\" = \"a\"\n[services.a]\nexec = [\"/bin/p\"]\nuser = \"{user}\"\nchroot = \"{jail}\"\n");
    }

    private static string? Complaint(string path, FileStatus status) => Ownership.Complaint(path, status, Writers.Of(status.Mode), Daemon);

    // The user of the test run owns the files, and is the daemon's user.
    private static LoadResult LoadAsRoot(string map, bool toRun) =>
        MapLoader.Load(MapFiles.Request(map) with { ToRun = toRun, IsRoot = true });
}
