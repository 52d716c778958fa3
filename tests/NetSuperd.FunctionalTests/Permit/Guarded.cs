using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary>A daemon with one service, <c>it</c>, whose admission is tested, and its clients.</summary>
internal sealed class Guarded(Daemon daemon, string transport) : IAsyncDisposable
{
    /// <summary>Keys of a service whose clients do not wait.</summary>
    public const string Refuse = $"at_limit = \"refuse\"\nbanner_refused = \"{ClientGroup.Banner}\"\n";

    /// <summary>The daemon.</summary>
    public Daemon Daemon => daemon;

    /// <summary>Starts it.</summary>
    /// <param name="kind"><c>handler</c> or <c>exec</c>: both give back what they get.</param>
    /// <param name="keys">The keys of admission.</param>
    /// <param name="transport"><c>tcp</c> or <c>unix</c>.</param>
    /// <param name="setup">How the daemon is started, where it matters.</param>
    /// <param name="more">More ports, and after them more tables.</param>
    public static async Task<Guarded> StartAsync(
        string kind, string keys, string transport = "tcp", DaemonSetup? setup = null, string more = "") => new(
            await Daemon.StartAsync(
                $"""
                [ports]
                {(transport == "tcp" ? "\"127.0.0.1:%p%\"" : "\"%dir%/p.sock\"")} = "it"
                {more}
                [services.it]
                {(kind == "handler" ? "handler = \"echo\"" : "exec = [\"/bin/cat\"]")}
                {keys}
                """,
                setup),
            transport);

    /// <summary>Connects a client.</summary>
    /// <param name="from">Its address.</param>
    public Task<TcpPeer> ConnectAsync(string? from = null) => transport == "tcp"
        ? TcpPeer.ConnectAsync(daemon.Port("p"), from: from)
        : TcpPeer.ConnectUnixAsync(daemon.Scratch["p.sock"]);

    /// <summary>Connects one that is served.</summary>
    public async Task<TcpPeer> EnterAsync(string? from = null)
    {
        var client = await ClientGroup.EnterAsync(await ConnectAsync(from));
        Assert.NotNull(client);
        return client;
    }

    /// <summary>Connects clients at once.</summary>
    public Task<ClientGroup> ComeAsync(int count, string? from = null) => ClientGroup.ComeAsync(count, () => ConnectAsync(from));

    /// <summary>Connects clients one after the other, each of which goes before the next comes.</summary>
    /// <returns>How many were served.</returns>
    public async Task<int> VisitAsync(int count, string? from = null)
    {
        var served = 0;
        for (var i = 0; i < count; i++)
        {
            using var client = await ClientGroup.EnterAsync(await ConnectAsync(from));
            if (client is not null)
            {
                served++;
                await ClientGroup.LeaveAsync(client);
                await daemon.WaitForRecordAsync(client.Name);
            }
        }

        return served;
    }

    /// <summary>What the daemon counts for the service.</summary>
    public Task<Counted> CountAsync() => Counted.AskAsync(daemon, "it");

    /// <summary>Waits until the daemon counts so.</summary>
    public Task<Counted> UntilAsync(Func<Counted, bool> condition, string what) => Counted.UntilAsync(daemon, "it", condition, what);

    /// <summary>Waits until so many were refused, and checks that all of them were for this reason.</summary>
    public async Task<Counted> RefusedAsync(int count, string reason)
    {
        var found = await UntilAsync(service => service.Ended("refused") >= count, $"{count} refused");
        Assert.Equal((count, count), (found.Ended("refused"), found.For(reason)));
        return found;
    }

    /// <summary>Waits until no connection counts towards <c>max_connections</c>.</summary>
    public Task<Counted> EmptyAsync() => UntilAsync(found => found.Use("max_connections").Used == 0, "no place taken");

    /// <summary>Once all clients have gone, exactly so many are served together, and go.</summary>
    public async Task AssertRoomAsync(int most)
    {
        await EmptyAsync();
        using var group = await ComeAsync(most + 2);
        Assert.Equal((most, 2), (group.Served.Count, group.Refused));
        Assert.Equal((most, most), (await CountAsync()).Use("max_connections"));
        await group.LeaveAsync();
        await EmptyAsync();
    }

    /// <summary>Replaces text of the map, and lets it be read again.</summary>
    public async Task ReloadAsync(string before, string after)
    {
        daemon.Edit(map =>
        {
            Assert.Contains(before, map, StringComparison.Ordinal);
            return map.Replace(before, after, StringComparison.Ordinal);
        });
        await daemon.DoAsync("reload");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => daemon.DisposeAsync();
}
