using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using NetSuperd.Linux;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tests.Config;

namespace NetSuperd.Server.Tests.Serve;

public sealed class PluginNeedsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HandlerCatalog _catalog = new();
    private readonly List<ConfigProblem> _problems = [];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Microsoft.Extensions.Logging.Abstractions", "11.0.0.0", "packages of version 10.0")]
    [InlineData("Microsoft.Extensions.DependencyInjection.Abstractions", "11.0.0.0", "packages of version 10.0")]
    [InlineData("NetSuperd.Abstractions", "9.0.0.0", "with NetSuperd.Abstractions 9.0.0, and the daemon has 0.1.0")]
    [InlineData("NetSuperd.Abstractions", "0.99.0.0", "needs NetSuperd.Abstractions 0.99.0.0, and the daemon has 0.1.0")]
    [InlineData("System.Runtime", "99.0.0.0", "<TargetFramework>net10.0</TargetFramework>")]
    [InlineData("Acme.Missing", "1.0.0.0", "it needs Acme.Missing 1.0.0.0, which is not in its folder")]
    [InlineData("Tomlyn", "2.0.0.0", "it needs Tomlyn 2.0.0.0, which is not in its folder")]
    public void Load_APluginThatNeedsMore_IsNotLoadedAndSaysWhatToDo(string reference, string version, string said)
    {
        Write("plugin", "plugin", (reference, version));
        Load();

        Assert.Contains(said, Assert.Single(_problems).Message, StringComparison.Ordinal);
        Assert.Equal(Severity.Warning, _problems[0].Severity);
    }

    [Theory]
    [InlineData("Microsoft.Extensions.Logging.Abstractions", "8.0.0.0")]
    [InlineData("Microsoft.Extensions.DependencyInjection.Abstractions", "10.0.0.0")]
    [InlineData("NetSuperd.Abstractions", "0.0.9.0")]
    [InlineData("System.Text.Json", "8.0.0.0")]
    [InlineData("netstandard", "2.0.0.0")]
    [InlineData("mscorlib", "4.0.0.0")]
    public void Load_APluginThatNeedsNoMoreThanTheDaemonHas_IsLoaded(string reference, string version)
    {
        Write("plugin", "plugin", (reference, version));
        Load();

        Assert.Contains("has no class with [Handler", Assert.Single(_problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ADependencyThatNeedsANewerContract_IsNotLoaded()
    {
        Write("plugin", "plugin", ("Acme", "1.0.0.0"));
        Write("plugin", "Acme", ("Microsoft.Extensions.Logging.Abstractions", "11.0.0.0"));
        Load();

        Assert.Contains(
            "Acme.dll needs Microsoft.Extensions.Logging.Abstractions 11.0.0.0", Assert.Single(_problems).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ADependencyThatLacksSomething_IsLoadedWithAWarning()
    {
        Write("plugin", "plugin", ("Acme", "1.0.0.0"));
        Write("plugin", "Acme", ("Acme.Rarely.Used", "1.0.0.0"), ("plugin", "1.0.0.0"));
        Load();

        Assert.Equal(2, _problems.Count);
        Assert.Contains(_problems, problem => problem.Message.StartsWith("Acme.dll needs Acme.Rarely.Used", StringComparison.Ordinal));
    }

    [Fact]
    public void Load_AFolderWithANewerAssemblyOfTheRuntime_UsesIt()
    {
        Write("plugin", "plugin", ("System.Text.Json", "99.0.0.0"));
        Write("plugin", "System.Text.Json", "99.0.0.0");
        Load();

        Assert.Contains("has no class with [Handler", Assert.Single(_problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_AFolderWithoutAHandlerOfItsName_SaysWhyAtTheServiceToo()
    {
        _folder.Write("single/single", "");
        _folder.Write("foreign/foreign.dll", "\u007fELF");
        Write("empty", "empty");
        Write("contained", "contained");
        Write("contained", "System.Private.CoreLib", "10.0.0.0");
        Write("included", "included");
        _folder.Write("included/included.runtimeconfig.json", """{ "runtimeOptions": { "includedFrameworks": [] } }""");
        Load();

        Assert.Contains(
            "single.dll, but the program single: publish it without PublishSingleFile", _catalog.WhyUnusable("single")!,
            StringComparison.Ordinal);
        Assert.Contains("not a .NET assembly that runs on", _catalog.WhyUnusable("foreign")!, StringComparison.Ordinal);
        Assert.Contains("has no class with [Handler", _catalog.WhyUnusable("empty")!, StringComparison.Ordinal);
        Assert.EndsWith("publish it with --self-contained false", _catalog.WhyUnusable("contained")!, StringComparison.Ordinal);
        Assert.EndsWith("publish it with --self-contained false", _catalog.WhyUnusable("included")!, StringComparison.Ordinal);
    }

    private void Load() =>
        new PluginLoader(
            _catalog, new LoadRequest { Host = new LinuxHost(), ToRun = true, IsRoot = false, DefaultPlugins = "", ExecHelper = "" }, [],
            _problems).Load(_folder.Path);

    private void Write(string plugin, string name, params (string Name, string Version)[] references) =>
        Write(plugin, name, "1.0.0.0", references);

    /// <summary>Writes an assembly without types.</summary>
    private void Write(string plugin, string name, string version, params (string Name, string Version)[] references)
    {
        var metadata = new MetadataBuilder();
        metadata.AddModule(0, metadata.GetOrAddString(name + ".dll"), metadata.GetOrAddGuid(Guid.NewGuid()), default, default);
        metadata.AddAssembly(metadata.GetOrAddString(name), Version.Parse(version), default, default, 0, AssemblyHashAlgorithm.None);
        foreach (var reference in references)
        {
            metadata.AddAssemblyReference(
                metadata.GetOrAddString(reference.Name), Version.Parse(reference.Version), default, default, 0, default);
        }

        metadata.AddTypeDefinition(
            0, default, metadata.GetOrAddString("<Module>"), default, MetadataTokens.FieldDefinitionHandle(1),
            MetadataTokens.MethodDefinitionHandle(1));
        var image = new BlobBuilder();
        new ManagedPEBuilder(
            new PEHeaderBuilder(imageCharacteristics: Characteristics.Dll | Characteristics.ExecutableImage),
            new MetadataRootBuilder(metadata), new BlobBuilder()).Serialize(image);
        _folder.Write($"{plugin}/{name}.dll", "");
        File.WriteAllBytes(Path.Combine(_folder.Path, $"{plugin}/{name}.dll"), image.ToArray());
    }
}
