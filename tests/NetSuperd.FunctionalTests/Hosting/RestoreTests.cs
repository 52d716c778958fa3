using System.Runtime.InteropServices;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Hosting;

/// <summary>The build needs the packages that are locked, and no server when it has them.</summary>
public sealed class RestoreTests
{
    [Fact]
    public async Task Restore_WithEveryPackageInTheCacheAndNoServer_Succeeds()
    {
        using var scratch = new Scratch();
        foreach (var pattern in new[] { "*.props", "global.json", "src/*.csproj", "src/packages.lock.json" })
        {
            Copy(scratch, pattern);
        }

        // Where nothing listens.
        scratch.Write("NuGet.config", """
            <configuration>
              <packageSources>
                <clear />
                <add key="gone" value="http://127.0.0.1:9/index.json" allowInsecureConnections="true" />
              </packageSources>
            </configuration>
            """);
        var runtime = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64";

        // As a publish does: the restore of the command line takes --runtime for the list of all runtimes.
        var restored = await Command.RunAsync(
            TimeSpan.FromMinutes(3),
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [
                "restore", scratch["src/NetSuperd"], $"-p:RuntimeIdentifier={runtime}", "-p:PublishReadyToRun=true",
                "-p:RestoreLockedMode=true", "-nodeReuse:false", "--nologo",
            ],
            scratch.Folder,
            new Dictionary<string, string> { ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1", ["DOTNET_NOLOGO"] = "1" });

        Assert.True(restored.Status == 0, $"{restored.Output}\n{restored.Errors}");
        Assert.DoesNotContain("warning", restored.Output, StringComparison.Ordinal);
    }

    private static void Copy(Scratch scratch, string pattern)
    {
        var folder = Path.Combine(BuiltTree.Repository, Path.GetDirectoryName(pattern)!);
        var depth = pattern.Contains('/', StringComparison.Ordinal) ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly;
        foreach (var file in Directory.GetFiles(folder, Path.GetFileName(pattern), depth))
        {
            scratch.Write(Path.GetRelativePath(BuiltTree.Repository, file), File.ReadAllText(file));
        }
    }
}
