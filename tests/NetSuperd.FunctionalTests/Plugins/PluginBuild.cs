using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>Builds a plugin as a developer outside the repository does: in an empty folder, against the package in <c>out/sdk</c>.</summary>
internal static class PluginBuild
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Publishes a project of the folder into a folder of the assembly's name below <c>plugins</c>.</summary>
    /// <returns>The folder of plugins.</returns>
    public static async Task<string> PublishAsync(Scratch scratch, string project)
    {
        // Packages go into a folder of their own: a contract of the same version from an earlier build must not be found.
        scratch.Write("NuGet.config", $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{scratch["packages"]}" /></config>
              <packageSources><add key="netsuperd" value="{BuiltTree.Sdk}" /></packageSources>
            </configuration>
            """);
        var name = Path.GetFileNameWithoutExtension(project);
        var result = await Command.RunAsync(
            Limit,
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            ["publish", project, "--configuration", "Release", "--output", scratch[$"plugins/{name}"], "-nodeReuse:false", "--verbosity", "quiet", "--nologo"],
            scratch.Folder,
            new Dictionary<string, string> { ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1", ["DOTNET_NOLOGO"] = "1" });
        Assert.True(result.Status == 0, $"dotnet publish: {result.Output}\n{result.Errors}");
        return scratch["plugins"];
    }
}
