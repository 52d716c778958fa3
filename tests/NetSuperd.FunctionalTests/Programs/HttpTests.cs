using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Programs;

/// <summary><c>busybox httpd -i</c>, and <c>curl</c>.</summary>
public sealed class HttpTests
{
    [Fact]
    public async Task Pages_FetchedTogether_AreTheFiles()
    {
        const int Many = 8;
        using var site = new ServedFolder();
        using var own = new Scratch();
        for (var number = 0; number < Many; number++)
        {
            site.Write($"page{number}", ServedFolder.Noise(100_000 + number));
        }

        await site.OpenAsync();
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            %http% = "http"
            [services.http]
            exec = ["/bin/busybox", "httpd", "-i", "-h", "{site.Folder}"]
            user = "{ServedFolder.User}"
            """);
        var server = $"http://127.0.0.1:{daemon.Port("http")}";

        await Task.WhenAll(Enumerable.Range(0, Many).Select(number => Command.OutputAsync(
            "curl", "--silent", "--show-error", "--fail", "--output", own[$"page{number}"], $"{server}/page{number}")));

        await Command.OutputAsync("diff", "--recursive", site.Folder, own.Folder);
        var missing = await Command.RunAsync("curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", $"{server}/none");
        Assert.Equal("404", missing.Output);
        await daemon.WaitForEventsAsync("ChildEnded", Many + 1);
    }
}
