using System.Runtime.InteropServices;
using NetSuperd.Builtins;
using NetSuperd.Linux;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tests.Config;

namespace NetSuperd.Server.Tests.Serve;

public sealed class PluginContextTests : IDisposable
{
    // A library that is there wherever .NET is.
    private static readonly string Library = Path.Combine(SharedAssemblies.Runtime, "libSystem.Native.so");

    private readonly TemporaryFolder _folder = new();
    private readonly string _packaged = $"runtimes/{RuntimeInformation.RuntimeIdentifier}/native";

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("foo", "libfoo.so")]
    [InlineData("foo", "foo.so")]
    [InlineData("foo", "%packaged%/libfoo.so")]
    [InlineData("other", "%packaged%/libother.so")]
    [InlineData("libfoo.so", "libfoo.so")]
    [InlineData("libfoo.so.1", "%packaged%/libfoo.so.1")]
    [InlineData("foo.so", "libfoo.so")]
    public void Library_BesideAnAssemblyOfItsName_IsTheLibrary(string named, string file)
    {
        Write("foo.dll", typeof(EchoHandler).Assembly.Location);
        Write("other.dll", typeof(EchoHandler).Assembly.Location);
        Write(file.Replace("%packaged%", _packaged, StringComparison.Ordinal), Library);

        Assert.NotEqual(0, Load(named));
    }

    [Theory]
    [InlineData("foo")]
    [InlineData("other")]
    public void Library_ThatOnlyTheSystemMayHave_IsLookedForThere(string named)
    {
        Write("foo.dll", typeof(EchoHandler).Assembly.Location);
        Write("other.dll", typeof(EchoHandler).Assembly.Location);

        // The message names every file that was looked for.
        Assert.Contains($"lib{named}.so", Assert.Throws<DllNotFoundException>(() => Load(named)).Message, StringComparison.Ordinal);
    }

    private nint Load(string library)
    {
        var context = new PluginContext("foo", Path.Combine(_folder.Path, "foo.dll"), new LinuxFiles());
        return NativeLibrary.Load(library, context.LoadPlugin(), searchPath: null);
    }

    private void Write(string name, string content) => File.Copy(content, _folder.Write(name, ""), overwrite: true);
}
