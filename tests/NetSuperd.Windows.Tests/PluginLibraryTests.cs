using System.Runtime.InteropServices;
using NetSuperd.Builtins;
using NetSuperd.Server.Serve;
using NetSuperd.Windows.Files;

namespace NetSuperd.Windows.Tests;

public sealed class PluginLibraryTests : IDisposable
{
    // A library that is there wherever .NET is.
    private static readonly string Library = Path.Combine(SharedAssemblies.Runtime, "System.IO.Compression.Native.dll");

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose()
    {
        // A library that is loaded stays, and so does its copy.
        foreach (var file in Directory.EnumerateFiles(_folder))
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("foo")]
    [InlineData("FOO.dll")]
    public void Library_BesideAPluginOfItsName_IsTheLibrary(string named)
    {
        File.Copy(typeof(EchoHandler).Assembly.Location, Path.Combine(_folder, "foo.dll"));
        var packages = Directory.CreateDirectory(Path.Combine(_folder, "runtimes", RuntimeInformation.RuntimeIdentifier, "native"));
        File.Copy(Library, Path.Combine(packages.FullName, "foo.dll"));
        var context = new PluginContext("foo", Path.Combine(_folder, "foo.dll"), new WindowsFiles());

        var library = NativeLibrary.Load(named, context.LoadPlugin(), searchPath: null);

        Assert.True(NativeLibrary.TryGetExport(library, "CompressionNative_Inflate", out _));
    }
}
