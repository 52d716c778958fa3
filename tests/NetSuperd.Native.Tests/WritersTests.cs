using System.Diagnostics;

namespace NetSuperd.Native.Tests;

public sealed class WritersTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netsuperd-writers-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("0600", "", false, false, "", "")]
    [InlineData("0662", "", true, true, "", "")]
    [InlineData("0600", "u:1234:rw", false, false, "1234", "")]
    [InlineData("0600", "u:1234:r,u:1235:w,g:77:w", false, false, "1235", "77")]
    [InlineData("0660", "u:1234:r", false, true, "", "")]
    [InlineData("0640", "g:77:rw,m:r", false, false, "", "")]
    public void Of_AFile_HasModeAndAccessControlList(string mode, string list, bool others, bool group, string users, string groups)
    {
        var file = Path.Combine(_folder.FullName, "file");
        File.WriteAllText(file, "");
        File.SetUnixFileMode(file, (UnixFileMode)Convert.ToInt32(mode, 8));
        if (list.Length > 0)
        {
            using var setfacl = Process.Start("setfacl", ["-m", list, file]);
            setfacl.WaitForExit();
            Assert.Equal(0, setfacl.ExitCode);
        }

        var writers = Of(file);
        Assert.Equal(
            (others, group, users, groups),
            (writers.Others, writers.OwningGroup, string.Join(',', writers.Users), string.Join(',', writers.Groups)));
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 2, 0, 0 })]
    [InlineData(new byte[] { 2, 0, 0, 0, 2, 0, 7, 0, 1, 0, 0 })]
    public void Read_AListThatIsCut_IsReadAsFarAsItGoes(byte[] list) => Assert.Empty(Writers.Read(list, others: false).Users);

    [Fact]
    public void Of_WhatHasNoList_IsItsMode() => Assert.True(Of("/proc/self/task").Users.IsEmpty);

    private static Writers Of(string path)
    {
        using var file = PathHandles.Find(path);
        return file.Writers();
    }
}
