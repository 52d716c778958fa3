using System.Text.Json;

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>What became of the connections of <c>fixtures/steady-clients.c</c>.</summary>
/// <param name="Opened">How many there were.</param>
/// <param name="Answered">Those that got their word back.</param>
/// <param name="Refused">Those that were refused because no socket listened.</param>
/// <param name="Reset">Those that were aborted.</param>
/// <param name="TimedOut">Those that waited for 30 seconds.</param>
/// <param name="Lost">Those whose transmission ended before the answer.</param>
/// <param name="Wrong">Those that got something else.</param>
/// <param name="Failed">Those that failed for a reason of the client's.</param>
/// <param name="SlowestMs">The longest that one of them took, in milliseconds.</param>
public sealed record LoadResult(
    long Opened, long Answered, long Refused, long Reset, long TimedOut, long Lost, long Wrong, long Failed, double SlowestMs)
{
    /// <summary>Every client got its own word back.</summary>
    public void AssertNothingLost() => Assert.Equal(new LoadResult(Opened, Opened, 0, 0, 0, 0, 0, 0, SlowestMs), this);
}

/// <summary>Clients that connect all the time, from within a machine.</summary>
public sealed class LoadClients : IAsyncDisposable
{
    private const int Rate = 200;
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly RunningProcess _process;

    private LoadClients(RunningProcess process) => _process = process;

    /// <summary>Starts them, and waits for the first answer.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="target">A port, or the path of a unix socket.</param>
    public static async Task<LoadClients> StartAsync(SystemdMachine machine, string target)
    {
        var load = new LoadClients(machine.Start(machine.Folder + "/steady-clients", target, $"{Rate}", "0"));
        await load._process.Errors.FindAsync(line => line == "answered" ? line : null, $"answer of {target}");
        return load;
    }

    /// <summary>Lets clients connect for a while.</summary>
    public static async Task<LoadResult> RunAsync(SystemdMachine machine, string target, double seconds) =>
        Read(await machine.OutputAsync(machine.Folder + "/steady-clients", target, $"{Rate}", FormattableString.Invariant($"{seconds}")));

    /// <summary>Connects no more, and tells when all are over.</summary>
    public async Task<LoadResult> StopAsync()
    {
        _process.Input.Close();
        Assert.Equal(0, await _process.ExitAsync());
        return Read(_process.Output.Text);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static LoadResult Read(string json) => JsonSerializer.Deserialize<LoadResult>(json, SnakeCase)!;
}
