using System.Globalization;
using System.Net;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Notation;
using NetSuperd.Server.Permit;

namespace NetSuperd.Server.Tests.Permit;

/// <summary>The gates before the services of a map, mostly of one called <c>echo</c>, and clients that come to them.</summary>
public abstract class GatesTest : IDisposable
{
    private protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private protected static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private protected GatesTest() => Gates = new Gates(Log, Time);

    private protected RecordingLogger Log { get; } = new();

    private protected WatchedTime Time { get; } = new();

    private protected Gates Gates { get; }

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Log.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static PeerRule Rule(string network) => new(network, Maps.At(1)) { Network = IPNetwork.Parse(network) };

    private protected static Service Service(string name, Admission admission) => Maps.Handler(name) with { Admission = admission };

    private protected static Admission Said(Admission admission) => Said(admission, "max_per_network");

    private protected static Admission Said(Admission admission, params string[] keys) =>
        admission with { Positions = keys.ToDictionary(key => key, _ => Maps.At(1)) };

    private protected static Peer Peer(string text) => text.StartsWith("uid:", StringComparison.Ordinal)
        ? Server.Permit.Peer.Of(uint.Parse(text[4..].Replace("{0}", "7", StringComparison.Ordinal), CultureInfo.InvariantCulture), [])
        : Server.Permit.Peer.Of(IPAddress.Parse(text.Replace("{0}", "7", StringComparison.Ordinal)));

    private protected void Apply(Admission admission) => Apply(1000, Service("echo", admission));

    /// <summary>A map with sockets: a service without any can be reached from nowhere.</summary>
    private protected void Apply(Admission admission, params string[] sockets)
    {
        var service = Service("echo", admission);
        Apply(Maps.OfServices(service) with
        {
            Ports = [.. sockets.Select(socket => Maps.Port(PortNotation.Read(socket, Hosts.Names(), out _)!, service))],
        });
    }

    private protected void Apply(int? total, params Service[] services)
    {
        var map = Maps.OfServices(services);
        Apply(map with { Daemon = map.Daemon with { MaxConnections = total } });
    }

    /// <summary>Lets one in that need not wait.</summary>
    private protected async Task<Lease> EnterAsync(string service = "echo")
    {
        var entering = AdmitAsync(service);
        Assert.True(entering.IsCompleted);
        return await entering;
    }

    private protected async Task<Lease> AdmitAsync(string service = "echo", string address = "127.0.0.1")
    {
        while (true)
        {
            if (await Gates.Of(service).EnterAsync(Cancel) is { } lease)
            {
                Assert.Null(Gates.Of(service).Judge(lease, Peer(address)).Reason);
                return lease;
            }
        }
    }

    /// <summary>The word for a client that comes from an address and stays.</summary>
    private protected string? Judge(string address, string service = "echo") =>
        Gates.Of(service).Judge(Gates.Of(service).TryEnter(null)!, Peer(address)).Reason;

    /// <summary>How many of so many clients come in, each with another number in its address.</summary>
    private protected int Count(string network, int clients, string service = "echo") => Enumerable.Range(1, clients)
        .Count(i => Judge(string.Format(CultureInfo.InvariantCulture, network, i), service) is null);

    private void Apply(Map map)
    {
        Gates.Apply(map);
        Gates.WakeAndForget(map);
    }

    /// <summary>Clients that wait on a listener.</summary>
    private protected sealed class Queue : IGateQueue
    {
        public int? Behind { get; set; }

        public bool IsEmpty { get; set; }

        public int Woken { get; private set; }

        public void Wake() => Woken++;
    }
}
