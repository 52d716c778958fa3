using System.Globalization;

namespace NetSuperd.Benchmarks.Compare;

/// <summary>
/// The network in which everything runs: for root one of its own with nothing but a loopback, without the packet filters and the traffic of
/// the machine; else the machine's. No server answers a query of names there: xinetd's echo asks for the name of each client, and would
/// otherwise be measured by the machine's resolver, which makes it up to fifty times slower.
/// </summary>
internal sealed class Network : IAsyncDisposable
{
    private readonly ServerProcess? _holder;

    private Network(ServerProcess? holder) => _holder = holder;

    /// <summary>The machine's own network.</summary>
    public static Network OfMachine { get; } = new(null);

    /// <summary>The command that runs another one in the network; empty for the machine's own.</summary>
    public string[] Enter =>
        _holder is null ? [] : ["nsenter", string.Create(CultureInfo.InvariantCulture, $"--net=/proc/{_holder.Pid}/ns/net")];

    /// <summary>Makes the network; it lives as long as the process that holds it.</summary>
    public static async Task<Network> CreateAsync(Scratch scratch, CancellationToken cancellation)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return OfMachine;
        }

        string[] command = ["unshare", "--net", "sh", "-c", "ip link set lo up && echo up && exec sleep infinity"];
        var holder = ServerProcess.Start(command, scratch["network.log"]);
        try
        {
            while (holder.LastLine != "up")
            {
                if (holder.HasExited)
                {
                    throw new InvalidOperationException($"no network of its own: {holder.LastLine}");
                }

                await Task.Delay(TimeSpan.FromMilliseconds(10), cancellation);
            }
        }
        catch
        {
            await holder.DisposeAsync();
            throw;
        }

        return new Network(holder);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _holder?.DisposeAsync() ?? ValueTask.CompletedTask;
}
