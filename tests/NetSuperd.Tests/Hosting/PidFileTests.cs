using System.Diagnostics;
using NetSuperd.Hosting;
using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Tests.Hosting;

public sealed class PidFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netsuperd-pid-");

    private string PidPath => Path.Combine(_folder.FullName, "netsuperd.pid");

    private string Other => Path.Combine(_folder.FullName, "other");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Write_ANewFile_HoldsThePidAndNothingElseIsLeft()
    {
        var file = PidFile.Write(PidPath);

        Assert.Equal($"{Environment.ProcessId}\n", File.ReadAllText(PidPath));
        Assert.Equal([PidPath], Directory.GetFileSystemEntries(_folder.FullName));
        file.Remove();
        Assert.Empty(Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Fact]
    public void Write_AStaleFile_IsReplacedWhole()
    {
        File.WriteAllText(PidPath, "a stale file that is longer than any process id");
        using var reader = new FileStream(PidPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

        PidFile.Write(PidPath);

        // A reader that had opened the old file reads that to its end, never a mixture.
        Assert.StartsWith("a stale", new StreamReader(reader).ReadToEnd(), StringComparison.Ordinal);
        Assert.Equal($"{Environment.ProcessId}\n", File.ReadAllText(PidPath));
    }

    [Fact]
    public void Write_ASymbolicLink_IsReplacedAndNotFollowed()
    {
        File.WriteAllText(Other, "precious");
        File.CreateSymbolicLink(PidPath, Other);

        PidFile.Write(PidPath);

        Assert.Equal("precious", File.ReadAllText(Other));
        Assert.Null(new FileInfo(PidPath).LinkTarget);
    }

    [Theory]
    [InlineData("another process's")]
    [InlineData("1\n")]
    public void Remove_AFileThatIsNotOurs_LeavesIt(string content)
    {
        var file = PidFile.Write(PidPath);
        File.WriteAllText(PidPath, content);

        file.Remove();

        Assert.Equal(content, File.ReadAllText(PidPath));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RemoveAndRestore_AFifoInItsPlace_DoNotWaitForIt(bool restore)
    {
        var file = PidFile.Write(PidPath);
        File.Delete(PidPath);
        using (var mkfifo = Process.Start("mkfifo", [PidPath]))
        {
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await Task.Run(restore ? file.Restore : file.Remove, TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        // What is written again replaces it, and what is not ours is left.
        Assert.Equal(restore ? FileType.Regular : FileType.Fifo, FileStatus.Of(PidPath)!.Type);
    }

    [Fact]
    public void Remove_AFileThatIsGone_DoesNothing()
    {
        var file = PidFile.Write(PidPath);
        File.Delete(PidPath);

        Assert.Null(Record.Exception(file.Remove));
        Assert.False(File.Exists(PidPath));
    }

    [Fact]
    public void Write_WhereAFolderIs_ThrowsAndLeavesNothing()
    {
        Directory.CreateDirectory(PidPath);

        Assert.ThrowsAny<SystemException>(() => PidFile.Write(PidPath));
        Assert.Equal([PidPath], Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Fact]
    public void Write_NoFolder_ThrowsAndNamesTheFile()
    {
        var path = Path.Combine(Other, "netsuperd.pid");

        Assert.Contains(
            $"cannot write the pid file {path}: ", Assert.ThrowsAny<IOException>(() => PidFile.Write(path)).Message,
            StringComparison.Ordinal);
    }
}
