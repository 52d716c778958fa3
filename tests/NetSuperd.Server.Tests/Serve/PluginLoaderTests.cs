using NetSuperd.Builtins;
using NetSuperd.Linux;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tests.Config;

namespace NetSuperd.Server.Tests.Serve;

public sealed class PluginLoaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HandlerCatalog _catalog = new();
    private readonly List<ConfigProblem> _problems = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_APlugin_ItsHandlerImplementsOurContract()
    {
        Builtins();
        Load();

        Assert.Empty(_problems);
        var echo = _catalog.Find("echo")!;
        Assert.True(typeof(IStreamHandler).IsAssignableFrom(echo));
        Assert.NotEqual(typeof(EchoHandler), echo);
        Assert.Empty(echo.Assembly.Location);
        Assert.NotNull(_catalog.PluginOf("echo"));
    }

    [Fact]
    public void Load_TwoPluginsOfOneName_IsAnError()
    {
        Builtins();
        _catalog.Add(typeof(EchoHandler), HandlerCatalog.Builtin);
        Load();

        Assert.Equal(Severity.Error, Assert.Single(_problems).Severity);
        Assert.Equal(typeof(EchoHandler), _catalog.Find("echo"));
        Assert.NotNull(_catalog.Find("discard"));
    }

    [Fact]
    public void Load_ABrokenAssembly_IsAWarningAndTheOthersAreLoaded()
    {
        Builtins();
        _folder.Write("broken/broken.dll", "no assembly");
        _folder.Write("empty/empty.dll", "");
        _folder.Write("other/misnamed.dll", "");
        Plugin("NetSuperd.Native", typeof(Epoll).Assembly.Location);
        Load();

        Assert.Equal(4, _problems.Count);
        Assert.All(_problems, problem => Assert.Equal(Severity.Warning, problem.Severity));
        Assert.NotNull(_catalog.Find("echo"));
    }

    [Fact]
    public void Load_WithoutAFolder_FindsNoPlugin()
    {
        new PluginLoader(_catalog, Request(toRun: true), [], _problems).Load(Path.Combine(_folder.Path, "missing"));

        Assert.Empty(_problems);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("", false)]
    [InlineData("NetSuperd.Builtins", true)]
    [InlineData("NetSuperd.Builtins/NetSuperd.Builtins.dll", true)]
    [InlineData("NetSuperd.Builtins/native", true)]
    public void Load_WhatOthersCanWrite_IsNotLoadedByRoot(string writable, bool toRun)
    {
        Builtins();
        Directory.CreateDirectory(Path.Combine(_folder.Path, "NetSuperd.Builtins/native"));
        var path = Path.Combine(_folder.Path, writable);
        File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.OtherWrite);

        Load(toRun);

        Assert.Empty(_catalog.Names);
        var problem = Assert.Single(_problems);
        Assert.Equal(toRun ? Severity.Error : Severity.Warning, problem.Severity);
        Assert.Contains("chmod", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TheSampleFromItsOwnBuild_IsAPlugin()
    {
        var sample = Path.GetFullPath("../../../../../src/plugins/Custom/bin", AppContext.BaseDirectory);
        var assembly = Directory.Exists(sample)
            ? Directory.GetFiles(sample, "custom.dll", SearchOption.AllDirectories).FirstOrDefault()
            : null;
        Assert.True(assembly is not null, "src/plugins/Custom is built with the solution");
        Plugin("custom", assembly);
        Load();

        Assert.Empty(_problems);
        Assert.Equal("custom", _catalog.Find("custom")!.Assembly.GetName().Name);
    }

    private void Load(bool toRun = true) => new PluginLoader(_catalog, Request(toRun), [], _problems).Load(_folder.Path);

    private static LoadRequest Request(bool toRun) =>
        new() { Host = new LinuxHost(), ToRun = toRun, IsRoot = true, DefaultPlugins = "", ExecHelper = "" };

    private void Builtins()
    {
        Plugin("NetSuperd.Builtins", typeof(EchoHandler).Assembly.Location);
        File.Copy(typeof(Epoll).Assembly.Location, Path.Combine(_folder.Path, "NetSuperd.Builtins/NetSuperd.Native.dll"));
        File.Copy(typeof(Errno).Assembly.Location, Path.Combine(_folder.Path, "NetSuperd.Builtins/NetSuperd.Platform.dll"));
    }

    private void Plugin(string name, string assembly)
    {
        var path = _folder.Write($"{name}/{name}.dll", "");
        File.Copy(assembly, path, overwrite: true);
        File.SetUnixFileMode(path, UnixFileMode.UserRead);
    }
}
