using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Example;

/// <summary>A daemon with <c>etc/netsuperd.toml</c> itself, on 7 and 2005 of a network of its own.</summary>
public sealed class DefaultMap : IAsyncLifetime
{
    private readonly Scratch _scratch = new();
    private NetworkNamespace? _network;
    private Daemon? _daemon;

    /// <summary>The daemon; its log is text, as the default map wants it.</summary>
    public Daemon Daemon => _daemon!;

    /// <summary>The compiled client of the textbook.</summary>
    public string Client { get; private set; } = "";

    internal NetworkNamespace Network => _network!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Privilege.Require("the ports 7 and 2005 in a network namespace");
        _network = await NetworkNamespace.CreateAsync();
        Client = await CFixture.CompileAsync("TCPsocketClient", _scratch);
        _daemon = await Daemon.StartAsync("", new DaemonSetup
        {
            Through = _network.EnterWithOwnRun,
            Arguments = ["--config", Path.Combine(BuiltTree.Repository, "etc/netsuperd.toml")],
        });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await (_daemon?.DisposeAsync() ?? default);
        await (_network?.DisposeAsync() ?? default);
        _scratch.Dispose();
    }
}
