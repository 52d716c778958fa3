using System.Net;
using CsCheck;
using NetSuperd.Server.Config;
using NetSuperd.Server.Permit;

namespace NetSuperd.Server.Tests.Permit;

public sealed class GateModelTests
{
    private const int Total = 9, Tokens = 4;

    /// <summary>What comes and goes in any order, over any reloads: never more than the limits, and nothing is left in the end.</summary>
    [Fact]
    public void EnterAndLeave_InAnyOrder_CountsAsAModelDoes() => Gen.Select(
        Gen.Int[0, 3], Gen.Int[0, 5], Gen.Int[1, 8]).Array[0, 200].Sample(steps =>
    {
        using var log = new RecordingLogger();
        var gates = new Gates(log, new WatchedTime());
        var model = new Model();
        Apply(gates, model);
        foreach (var (action, source, number) in steps)
        {
            switch (action)
            {
                case 0 when model.Inside.Count > 0:
                    var left = model.Inside[number % model.Inside.Count];
                    model.Inside.Remove(left);
                    left.Lease.Dispose();
                    left.Lease.Dispose();
                    break;
                case 1:
                    (model.Most, model.PerSource) = (number, 1 + (source % 4));
                    Apply(gates, model);
                    break;
                default:
                    var service = number % 2 == 0 ? "echo" : "other";
                    var lease = gates.Of(service).TryEnter(null)!;
                    Assert.Equal(model.Enter(service, source, lease), gates.Of(service).Judge(lease, Peer.Of(Address(source))).Reason);
                    break;
            }

            Assert.Equal(model.Inside.Count, gates.Total.Taken);
            Assert.Equal(model.Of("echo").Count(), gates.Of("echo").Uses()[0].Used);
        }

        model.Inside.ForEach(left => left.Lease.Dispose());
        Assert.Equal((0, true, true), (gates.Total.Taken, gates.Of("echo").IsEmpty, gates.Of("other").IsEmpty));
    });

    private static void Apply(Gates gates, Model model)
    {
        var denied = new PeerRule("192.0.2.0/32", Maps.At(1)) { Network = IPNetwork.Parse("192.0.2.0/32") };
        var admission = Maps.Admission with { MaxConnections = model.Most, MaxPerSource = model.PerSource, Deny = [denied] };
        var map = Maps.OfServices(
            Maps.Handler("echo") with { Admission = admission with { Rate = new Rate(Tokens, TimeSpan.FromHours(1), Tokens) } },
            Maps.Handler("other") with { Admission = admission });
        map = map with { Daemon = map.Daemon with { MaxConnections = Total } };
        gates.Apply(map);
        gates.WakeAndForget(map);
    }

    // Two of a network each.
    private static IPAddress Address(int source) => new([192, 0, (byte)(2 + (source / 2)), (byte)source]);

    /// <summary>What the gates should do, counted again for each connection.</summary>
    private sealed class Model
    {
        private readonly HashSet<int> _seen = [];
        private readonly List<int> _took = [];
        private int _tokens = Tokens;

        public int Most { get; set; } = 3;

        public int PerSource { get; set; } = 2;

        public List<(string Service, int Source, Lease Lease)> Inside { get; } = [];

        public IEnumerable<(string Service, int Source, Lease Lease)> Of(string service) =>
            Inside.Where(connection => connection.Service == service);

        /// <summary>The word of the gate that refuses the connection; null where it is inside from now on.</summary>
        public string? Enter(string service, int source, Lease lease)
        {
            if (source != 0 && service == "echo" && Inside.Count < Total && Of(service).Count() < Most)
            {
                _seen.Add(source);
                if (_tokens == Tokens)
                {
                    _took.Clear();
                }
            }

            var word = Refuses(service, source);
            if (word is null)
            {
                Inside.Add((service, source, lease));
                if (service == "echo")
                {
                    _tokens--;
                    _took.Add(source);
                }
            }

            return word;
        }

        private string? Refuses(string service, int source) => Inside.Count >= Total ? "total_limit"
            : Of(service).Count() >= Most ? "service_limit"
            : service == "echo" && _tokens == 0 ? "rate"
            : source == 0 ? "address"
            : service == "echo" && ExceedsItsPart(source) ? "source_rate"
            : Of(service).Count(connection => connection.Source == source) >= PerSource ? "source_limit"
            : IsCrowded(Of(service), source, Most) || IsCrowded(Inside, source, Total) ? "source_limit"
            : null;

        // More than an equal part of those that were seen, and of the missing tokens more than are left.
        private bool ExceedsItsPart(int source)
        {
            var (own, missing) = (_took.Count(other => other == source), Tokens - _tokens + 1);
            return own > 0 && (own + 1) * _seen.Count > _took.Count + 1 && (own + 1.0) / (_took.Count + 1) * missing > Tokens - missing;
        }

        // One network has half of the places, rounded up, and no more than are free while less than a quarter is; the first of it needs a
        // free place only.
        private static bool IsCrowded(IEnumerable<(string Service, int Source, Lease Lease)> taken, int source, int places)
        {
            var (live, free) = (taken.Count(other => other.Source / 2 == source / 2), places - taken.Count() - 1);
            return live > 0 && (live >= (places + 1) / 2 || (free * 4 < places && live >= free));
        }
    }
}
