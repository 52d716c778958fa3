namespace NetSuperd.Native.Tests;

public sealed class MemoryFileTests
{
    [Fact]
    public void Create_AFile_HoldsTheContentUntilItIsDisposed()
    {
        string path;
        using (var file = MemoryFile.Create("content", "of the file"u8))
        {
            path = file.Path;
            Assert.Equal("of the file", File.ReadAllText(path));
            Assert.StartsWith("/memfd:content", File.ResolveLinkTarget(path, returnFinalTarget: false)!.FullName, StringComparison.Ordinal);
        }

        Assert.False(File.Exists(path) && File.ReadAllText(path) == "of the file");
    }
}
