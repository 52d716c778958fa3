using NetSuperd.Windows.Files;

namespace NetSuperd.Windows.Tests;

public sealed class PathRootTests
{
    [Theory]
    [InlineData(@"C:\a\b.toml", @"\??\C:\", @"C:\", "a|b.toml")]
    [InlineData(@"c:/a/../b", @"\??\c:\", @"C:\", "b")]
    [InlineData(@"C:\", @"\??\C:\", @"C:\", "")]
    [InlineData(@"\\server\share\a", @"\??\UNC\server\share\", @"\\server\share\", "a")]
    [InlineData(@"//server/share/a/b", @"\??\UNC\server\share\", @"\\server\share\", "a|b")]
    [InlineData(@"\\?\C:\a", @"\??\C:\", @"C:\", "a")]
    [InlineData(@"\\?\UNC\server\share\a", @"\??\UNC\server\share\", @"\\server\share\", "a")]
    [InlineData(@"\\?\Volume{1}\a", @"\??\Volume{1}\", @"\\?\Volume{1}\", "a")]
    public void Of_APath_IsItsRootAndItsNames(string path, string named, string shown, string names)
    {
        var (root, found) = PathRoot.Of(path)!.Value;

        Assert.Equal((named, shown, names), (root.Object, root.Path, string.Join('|', found)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("C:\\a\0b")]
    [InlineData(@"C:\a.toml:stream")]
    [InlineData(@"C:\a:$DATA\b")]
    [InlineData(@"\\.\pipe\netsuperd")]
    [InlineData("NUL")]
    [InlineData(@"\\?\C:\a\..\b")]
    [InlineData(@"\\?\GLOBALROOT\Device\Harddisk0")]
    [InlineData(@"\\server")]
    public void Of_WhatIsNoFile_IsNone(string path) => Assert.Null(PathRoot.Of(path));
}
