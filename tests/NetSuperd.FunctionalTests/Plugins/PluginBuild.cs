using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>Builds plugins as a developer outside the repository does: against the package in <c>out/sdk</c>.</summary>
internal static class PluginBuild
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Publishes projects of the folder, all in one build, each to <c>plugins/NAME</c>.</summary>
    /// <returns>The folder of plugins.</returns>
    public static async Task<string> PublishAsync(Scratch scratch, IEnumerable<string> projects)
    {
        // Packages go into a folder of their own: a contract of the same version from an earlier build must not be found.
        scratch.Write("NuGet.config", $"""
            <configuration>
              <packageSources><add key="netsuperd" value="{BuiltTree.Sdk}" /></packageSources>
            </configuration>
            """);
        scratch.Write("Directory.Build.props", """
            <Project>
              <PropertyGroup><PublishDir>$(MSBuildThisFileDirectory)plugins/$(MSBuildProjectName)/</PublishDir></PropertyGroup>
            </Project>
            """);
        var all = scratch.Write(
            "all.slnx", $"<Solution>{string.Concat(projects.Select(project => $"<Project Path=\"{project}\" />"))}</Solution>");
        var result = await Command.RunAsync(
            Limit,
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            ["publish", all, "--configuration", "Release", "-nodeReuse:false", "--verbosity", "quiet", "--nologo"],
            scratch.Folder,
            new Dictionary<string, string>
            {
                ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1", ["DOTNET_NOLOGO"] = "1", ["NUGET_PACKAGES"] = scratch["packages"],
            });
        Assert.True(result.Status == 0, $"dotnet publish: {result.Output}\n{result.Errors}");
        return scratch["plugins"];
    }
}
