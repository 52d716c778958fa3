using System.Runtime.InteropServices;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>Plugins use the packages and frameworks that every .NET developer uses.</summary>
[OnWindows]
public sealed class PackageTests(BuiltPlugins plugins) : IClassFixture<ReadyPlugins>
{
    [Theory]
    [InlineData("services", "services")]
    [InlineData("host", "host")]
    [InlineData("serilog", "modern")]
    [InlineData("json", "json")]
    [InlineData("culture", "de-DE")]
    [LinuxData("web", "web")]
    public async Task Plugin_WithPackages_UsesThem(string handler, string word)
    {
        await using var daemon = await plugins.StartAsync(handler);

        Assert.Equal(word, await AskAsync(daemon, handler));
        Assert.Equal(0, await daemon.StopAsync());
    }

    [OnLinux("plugins with ASP.NET Core")]
    [Fact]
    public async Task Plugin_WithKestrel_AnswersHttpOnThePortOfTheMap()
    {
        await using var daemon = await plugins.StartAsync("site");
        using (var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{daemon.Port("site")}") })
        {
            Assert.Equal("Hello\n", await client.GetStringAsync("/", TestContext.Current.CancellationToken));
            Assert.Equal("Hello, Bob!\n", await client.GetStringAsync("/Bob", TestContext.Current.CancellationToken));
        }

        Assert.Equal("closed", (await daemon.WaitForEventAsync("ConnectionEnded"))["End"]);
    }

    [Fact]
    public async Task Plugin_AsksForItsFolder_FindsWhatItBringsAlong()
    {
        await using var daemon = await plugins.StartAsync("folder");

        Assert.Equal($"{TestedSystem.Current.Written($"{plugins.Folder}/modern")} Good day", await AskAsync(daemon, "folder"));
    }

    [Fact]
    public async Task Plugin_WithPackages_IsLoadedAgainWhereItHasChanged()
    {
        await using var daemon = await StartModernAsync("host");
        for (var i = 1; i <= 3; i++)
        {
            Assert.Equal("host", await AskAsync(daemon, "host"));
            daemon.Scratch.Write("plugins/modern/greeting.txt", $"{i}");
            await daemon.DoAsync("reload");
        }

        await daemon.WaitForEventsAsync("PluginUnloaded", 3);
        Assert.Equal("host", await AskAsync(daemon, "host"));
    }

    [OnLinux("libraries of Linux")]
    [Fact]
    public async Task NativeLibrary_RewrittenInPlace_DoesNotKillTheDaemon()
    {
        await using var daemon = await StartModernAsync("native");
        const string Library = "plugins/modern/libanswer.so";
        var library = daemon.Scratch[Library];
        await CompileAsync(daemon.Scratch, Library, 42);
        await daemon.DoAsync("reload");
        Assert.Equal("42", await AskAsync(daemon, "native"));

        // Truncated, the pages of a mapped file are gone.
        File.WriteAllBytes(library, []);
        Assert.Equal("42", await AskAsync(daemon, "native"));
        await CompileAsync(daemon.Scratch, Library, 43);
        await daemon.DoAsync("reload");

        Assert.Equal("43", await AskAsync(daemon, "native"));
    }

    [OnLinux("libraries of Linux")]
    [Fact]
    public async Task NativeLibrary_OfAPackage_IsFoundWithoutTheListOfTheBuild()
    {
        await using var daemon = await StartModernAsync("native");
        File.Delete(daemon.Scratch["plugins/modern/modern.deps.json"]);
        var folder = $"plugins/modern/runtimes/{RuntimeInformation.RuntimeIdentifier}/native";
        Directory.CreateDirectory(daemon.Scratch[folder]);
        await CompileAsync(daemon.Scratch, $"{folder}/libanswer.so", 44);
        await daemon.DoAsync("reload");

        Assert.Equal("44", await AskAsync(daemon, "native"));
    }

    [Theory]
    [InlineData("Microsoft.NETCore.App", "Microsoft.WindowsDesktop.App", "Microsoft.WindowsDesktop.App")]
    [InlineData("\"version\": \"10.", "\"version\": \"99.", "<TargetFramework>net10.0</TargetFramework>")]
    [InlineData("runtimeOptions", "other", "custom.runtimeconfig.json")]
    [InlineData("\"configProperties\"", "\"includedFrameworks\"", "--self-contained false")]
    public async Task Check_WithoutWhatAPluginNeeds_SaysItAtTheKey(string before, string after, string said)
    {
        using var scratch = new Scratch();
        scratch.Copy(Path.Combine(BuiltTree.Folder, "plugins/custom"), "plugins/custom");
        var file = scratch["plugins/custom/custom.runtimeconfig.json"];
        var config = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        scratch.Write("plugins/custom/custom.runtimeconfig.json", config.Replace(before, after, StringComparison.Ordinal));
        await AssertRefusedAsync(scratch, "custom", said);
    }

    [Fact]
    public async Task Check_WithoutADependency_SaysItAtTheKey()
    {
        using var scratch = new Scratch();
        scratch.Copy(Path.Combine(plugins.Folder, "trouble"), "plugins/trouble");
        File.Delete(scratch["plugins/trouble/words.dll"]);
        File.Delete(scratch["plugins/trouble/trouble.deps.json"]);
        await AssertRefusedAsync(scratch, "shout", "words");
    }

    private static async Task AssertRefusedAsync(Scratch scratch, string handler, string said)
    {
        var map = scratch.Write("map.toml", $"[daemon]\nplugins = \"{scratch["plugins"]}\"\n[ports]\n{FreePorts.Next()} = \"{handler}\"\n");
        var plugin = TestedSystem.Current.Written(scratch["plugins/"]);
        foreach (var command in new[] { "check", "run" })
        {
            var result = await Netsuperd.RunAsync(command, "--config", map);

            Assert.Equal(78, result.Status);
            var line = Assert.Single(result.Errors.Split('\n'), line => line.StartsWith($"{map}:4:", StringComparison.Ordinal));
            Assert.Contains($"error: the handler '{handler}' cannot be used: {plugin}", line, StringComparison.Ordinal);
            Assert.Contains(said, line, StringComparison.Ordinal);
        }
    }

    private Task<Daemon> StartModernAsync(string handler) => Daemon.StartAsync(
        $"[ports]\n%{handler}% = \"{handler}\"\n[daemon]\nplugins = \"%dir%/plugins\"\n[log]\nformat = \"json\"\nlevel = \"debug\"\n",
        new DaemonSetup { Prepare = scratch => scratch.Copy(Path.Combine(plugins.Folder, "modern"), "plugins/modern") });

    private static async Task<string> AskAsync(Daemon daemon, string handler)
    {
        using var client = await daemon.ConnectAsync(handler);
        return await client.ReadToEndAsync();
    }

    /// <summary>Compiles a library of one function into the plugin's folder, over one that is there.</summary>
    private static async Task CompileAsync(Scratch scratch, string library, int answer)
    {
        var source = scratch.Write("answer.c", $"int answer(void) {{ return {answer}; }}");
        await Command.OutputAsync("gcc", "-shared", "-fPIC", "-o", scratch[library], source);
    }
}
