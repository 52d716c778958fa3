namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>Programs that know nothing of the daemon, as children.</summary>
public sealed class RealProgramTests(RealProgramDaemon programs) : IClassFixture<RealProgramDaemon>
{
    private const int Fewest = 20;

    [Fact]
    public async Task Program_OfTheSystem_AnswersRightAndIsRecorded()
    {
        Assert.True(RealProgram.Installed.Count >= Fewest, $"this system has only {RealProgram.Installed.Count} of the programs");
        await Task.WhenAll(RealProgram.Installed.Select(async (program, number) =>
        {
            using var client = await programs.Daemon.ConnectAsync($"p{number}");
            Assert.Equal((program.ToString(), program.Output), (program.ToString(), await client.ExchangeAsync(program.Input)));

            var (start, end) = await programs.Daemon.WaitForRecordAsync(client.Name, client.Server);
            Assert.Equal((6003, "ChildStarted", program.Service), (start.Id, start.Name, start["Service"]));
            Assert.Equal((6004, "ChildEnded", program.Service, "exited"), (end.Id, end.Name, end["Service"], end["End"]));
            Assert.True(start.Number("Pid") > 0);
            Assert.Equal(start.Number("Pid"), end.Number("Pid"));
        }));
    }

    [Fact]
    public async Task Cat_AMegabyteAndHalfClose_ReturnsAll()
    {
        var bytes = new byte[1 << 20];
        new Random(1).NextBytes(bytes);
        using var client = await programs.Daemon.ConnectAsync("p0");

        Assert.Equal(bytes, await client.ExchangeAsync(bytes));
    }
}
