using System.Net;
using CsCheck;
using NetSuperd.Server.Config;
using NetSuperd.Server.Permit;

namespace NetSuperd.Server.Tests.Permit;

public sealed class GateModelTests
{
    /// <summary>What comes and goes in any order, over any reloads: never more than the limits, and nothing is left in the end.</summary>
    [Fact]
    public void EnterAndLeave_InAnyOrder_CountsAsAModelDoes() => Gen.Select(
        Gen.Int[0, 3], Gen.Int[0, 5], Gen.Int[1, 8]).Array[0, 200].Sample(steps =>
    {
        using var log = new RecordingLogger();
        var time = new WatchedTime();
        var gate = new Gates(log, time);
        var denied = new PeerRule("192.0.2.0/32", Maps.At(1)) { Network = IPNetwork.Parse("192.0.2.0/32") };
        var (most, perSource, tokens) = (3, 2, 4);
        const int total = 9;
        Reload();
        var (seen, took) = (new HashSet<int>(), new List<int>());
        var inside = new List<(string Service, int Source, Lease Lease)>();
        foreach (var (action, source, number) in steps)
        {
            var service = number % 2 == 0 ? "echo" : "other";
            switch (action)
            {
                case 0 when inside.Count > 0:
                    var left = inside[number % inside.Count];
                    inside.Remove(left);
                    left.Lease.Dispose();
                    left.Lease.Dispose();
                    break;
                case 1:
                    (most, perSource) = (number, 1 + (source % 4));
                    Reload();
                    break;
                default:
                    var lease = gate.Of(service).TryEnter(null)!;
                    var word = gate.Of(service).Judge(lease, Peer.Of(Address(source))).Reason;
                    if (source != 0 && service == "echo" && inside.Count < total && inside.Count(other => other.Service == service) < most)
                    {
                        seen.Add(source);
                        if (tokens == 4)
                        {
                            took.Clear();
                        }
                    }

                    var expected = inside.Count >= total ? "total_limit"
                        : inside.Count(other => other.Service == service) >= most ? "service_limit"
                        : service == "echo" && tokens == 0 ? "rate"
                        : source == 0 ? "address"
                        : service == "echo" && ExceedsItsPart(source) ? "source_rate"
                        : inside.Count(other => other.Service == service && other.Source == source) >= perSource ? "source_limit"
                        : IsCrowded(inside.Where(other => other.Service == service), source, most) || IsCrowded(inside, source, total)
                            ? "source_limit"
                        : null;
                    Assert.Equal(expected, word);
                    if (word is null)
                    {
                        if (service == "echo")
                        {
                            tokens--;
                            took.Add(source);
                        }

                        inside.Add((service, source, lease));
                    }

                    break;
            }

            Assert.Equal(inside.Count, gate.Total.Taken);
            Assert.Equal(inside.Count(other => other.Service == "echo"), gate.Of("echo").Uses()[0].Used);
        }

        inside.ForEach(left => left.Lease.Dispose());
        Assert.Equal((0, true, true), (gate.Total.Taken, gate.Of("echo").IsEmpty, gate.Of("other").IsEmpty));

        // More than an equal part of those that were seen, and of the missing tokens more than are left.
        bool ExceedsItsPart(int source)
        {
            var (own, missing) = (took.Count(other => other == source), 4 - tokens + 1);
            return own > 0 && (own + 1) * seen.Count > took.Count + 1 && (own + 1.0) / (took.Count + 1) * missing > 4 - missing;
        }

        // One network has half of the places, rounded up, and no more than are free while less than a quarter is; the first of it needs a
        // free place only.
        bool IsCrowded(IEnumerable<(string Service, int Source, Lease Lease)> taken, int source, int places)
        {
            var (live, free) = (taken.Count(other => other.Source / 2 == source / 2), places - taken.Count() - 1);
            return live > 0 && (live >= (places + 1) / 2 || (free * 4 < places && live >= free));
        }

        void Reload()
        {
            var admission = Maps.Admission with { MaxConnections = most, MaxPerSource = perSource, Deny = [denied] };
            var map = Maps.OfServices(
                Maps.Handler("echo") with { Admission = admission with { Rate = new Rate(4, TimeSpan.FromHours(1), 4) } },
                Maps.Handler("other") with { Admission = admission });
            map = map with { Daemon = map.Daemon with { MaxConnections = total } };
            gate.Apply(map);
            gate.WakeAndForget(map);
        }
    });

    // Two of a network each.
    private static IPAddress Address(int source) => new([192, 0, (byte)(2 + (source / 2)), (byte)source]);
}
