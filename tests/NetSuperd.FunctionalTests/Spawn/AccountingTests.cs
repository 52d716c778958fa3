using System.Globalization;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>What the end record says about the use of the machine.</summary>
public sealed class AccountingTests
{
    [Fact]
    public async Task Child_ThatComputes_HasItsTimeInTheRecord()
    {
        // A process of the child's that it waits for counts as well.
        var end = await EndAsync("times; /usr/bin/perl -e '1 while (times)[0] < 0.3'");

        Assert.Equal("ChildEnded", end.Name);
        Assert.InRange(Seconds(end, "UserTime"), 0.3, Seconds(end, "Elapsed") + 0.1);
    }

    [Fact]
    public async Task Child_ThatCallsTheSystem_HasItsTimeInTheRecord() =>
        Assert.InRange(
            Seconds(await EndAsync("exec /usr/bin/perl -e 'while ((times)[1] < 0.2) "
                + "{ getppid for 1..1000; stat q(/) for 1..1000 }'"), "SystemTime"), 0.2, 10);

    [Fact]
    public async Task Child_WithMoreMemoryThanTheDaemon_HasItsPeakInTheRecord()
    {
        const int MiB = 400;
        var end = await EndAsync($"exec /usr/bin/perl -e '$x = q(x) x ({MiB} << 20)'");

        Assert.InRange(end.Number("PeakMemory"), MiB << 10, 3 * MiB << 10);
    }

    [Fact]
    public async Task Child_WithLessMemoryThanTheDaemon_HasItsOwnPeakInTheRecord()
    {
        // A program without a C library, of which the system may count no page: what it was a copy of would show.
        var end = await EndAsync($"exec {BuiltTree.Folder}/netsuperd-exec --help");

        Assert.InRange(end.Number("PeakMemory"), 0, 4 << 10);
    }

    [Fact]
    public async Task Child_ThatOutlivesItsConnection_IsRecordedWhenItEnds()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%p%" = "lingers"
            [services.lingers]
            exec = ["/bin/sh", "-c", "exec 0<&- 1>&-; while [ ! -e %dir%/go ]; do sleep 0.05; done; exit 5"]
            """);
        using var client = await daemon.ConnectAsync("p");
        Assert.Equal("", await client.ReadToEndAsync());
        Assert.DoesNotContain(daemon.Events, found => found.Name == "ChildEnded");

        daemon.Scratch.Write("go", "");

        Assert.EndsWith("status 5", (await daemon.WaitForRecordAsync(client.Name)).End["Detail"], StringComparison.Ordinal);
    }

    private static async Task<LogEvent> EndAsync(string script)
    {
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            "127.0.0.1:%p%" = "script"
            [services.script]
            exec = ["/bin/sh", "-c", '''{script}''']
            """);
        using var client = await daemon.ConnectAsync("p");
        await client.ReadToEndAsync();
        return (await daemon.WaitForRecordAsync(client.Name)).End;
    }

    private static double Seconds(LogEvent found, string property) => double.Parse(found[property], CultureInfo.InvariantCulture);
}
