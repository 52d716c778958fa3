namespace NetSuperd.Testing.Tests;

public sealed class NetSuperdHostTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static string Program { get; } = Path.Combine(Repository(), "out/netsuperd");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Daemon_WithAMap_ServesLogsAndStops()
    {
        await using var host = await NetSuperdHost.StartAsync("[ports]\n%echo% = \"echo\"\n\"%echo%/udp\" = \"echo\"\n", Program);
        using (var client = await host.ConnectAsync("echo"))
        {
            var stream = client.GetStream();
            await stream.WriteAsync("TEST"u8.ToArray(), Cancel);
            var answer = new byte[4];
            await stream.ReadExactlyAsync(answer, Cancel).AsTask().WaitAsync(Patience, Cancel);
            Assert.Equal("TEST"u8, answer);
        }

        Assert.Contains("echo", await host.Log.FindAsync("closed"), StringComparison.Ordinal);
        Assert.Contains(host.Port("echo").ToString(null, null), await host.CommandAsync("status"), StringComparison.Ordinal);
        Assert.Equal(0, await host.StopAsync());
    }

    [Fact]
    public async Task Daemon_WithAWrongMap_SaysWhatIsWrong()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => NetSuperdHost.StartAsync("[ports]\n%echo% = \"ecko\"\n[daemon]\ndrain = \"1s\"\n", Program));

        Assert.Contains("78", failure.Message, StringComparison.Ordinal);
        Assert.Contains("map.toml:2:", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_ThatIsMissing_IsNamed() => Assert.Contains(
        "/nowhere", (await Assert.ThrowsAsync<FileNotFoundException>(() => NetSuperdHost.StartAsync("", "/nowhere"))).Message,
        StringComparison.Ordinal);

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "NetSuperd.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
