using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Web;

/// <summary>The page in Debian's Chromium: tests/web, against its stand-in for the process, and against the process.</summary>
[Collection("browser")]
public sealed class BrowserTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Page_InABrowser_ShowsAndDoesWhatItShould()
    {
        Privilege.Require("the page runs as another user");
        await using var daemon = await WebPage.StartDaemonAsync(WebPage.Map);
        await using var page = await WebPage.StartAsync(daemon);

        var result = await Command.RunAsync(
            Limit,
            "/usr/bin/env",
            [$"NETSUPERD_WEB={page.Client.BaseAddress!.OriginalString}", "node", "--test", "--test-reporter=tap", "tests/web/page.test.js"],
            BuiltTree.Repository);

        Assert.True(result.Status == 0, $"{result.Output}\n{result.Errors}");
    }
}

/// <summary>A browser needs the machine to itself.</summary>
[CollectionDefinition("browser", DisableParallelization = true)]
public sealed class LoneBrowser;
