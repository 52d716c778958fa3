using System.Net;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Binding;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Permit;

namespace NetSuperd.Benchmarks.Inside;

/// <summary>What is decided for each connection, with every gate on and ten thousand networks that are denied.</summary>
[MemoryDiagnoser]
public class VerdictBenchmark
{
    private const int Networks = 10_000;

    private readonly IPAddress _address = IPAddress.Parse("203.0.113.9");
    private ServiceGates _gate = null!;
    private PeerRules _rules = null!;

    /// <summary>Makes the gates.</summary>
    [GlobalSetup]
    public void Make()
    {
        var position = new Position(new SourceText("", ""));
        var deny = Enumerable.Range(0, Networks).Select(i => new IPNetwork(new IPAddress([10, (byte)(i >> 8), (byte)i, 0]), 24));
        var keys = new Section<Service>(null, "services.echo", new Reading(new Problems(), "/", new NameCache(names: null)));
        var admission = AdmissionBinder.Bind(new Problems(), keys, isHandler: true) with
        {
            Deny = [.. deny.Select(network => new PeerRule($"{network}", position) { Network = network })],
            Rate = new Rate(1_000_000, TimeSpan.FromSeconds(1), 1_000_000),
            RatePerSource = new Rate(1_000_000, TimeSpan.FromSeconds(1), 1_000_000),
        };
        var service = new Service
        {
            Log = LoggedConnections.All,
            LogFields = LogFacts.Default,
            Name = "echo",
            Handler = "echo",
            Settings = Settings.Empty,
            Admission = admission,
            Enabled = true,
            At = position,
            HandlerAt = position,
        };
        _rules = new PeerRules(admission.Allow, admission.Deny);
        var gate = new Lock();
        _gate = new ServiceGates(
            "echo",
            gate,
            new ConnectionCount(gate),
            Terms.Of(service, _rules, TimeProvider.System),
            NullLogger.Instance,
            TimeProvider.System);
    }

    /// <summary>Looks for an address among the networks.</summary>
    [Benchmark]
    public bool Address() => _rules.Judge(Peer.Of(_address)).Admits;

    /// <summary>Lets a connection in and out again.</summary>
    [Benchmark]
    public string? Everything()
    {
        using var lease = _gate.TryEnter(null);
        return _gate.Judge(lease!, Peer.Of(_address)).Reason;
    }
}
