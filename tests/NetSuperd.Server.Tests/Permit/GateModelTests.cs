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
        Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[1, 6]).Array[0, 200].Sample(steps =>
    {
        using var log = new RecordingLogger();
        var time = new WatchedTime();
        var gate = new Gate(log, time);
        var denied = new PeerRule("192.0.2.0/32", Maps.At(1)) { Network = IPNetwork.Parse("192.0.2.0/32") };
        var (most, perSource, total, tokens) = (3, 2, 5, 4);
        Reload();
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
                    (most, perSource) = (number, 1 + (source % 3));
                    Reload();
                    break;
                default:
                    var lease = gate.Of(service).EnterAsync(mayWait: false, CancellationToken.None).AsTask().GetAwaiter().GetResult()!;
                    var word = gate.Of(service).Judge(lease, Peer.Of(new IPAddress([192, 0, 2, (byte)source]))).Reason;
                    var expected = inside.Count >= total ? "total_limit"
                        : inside.Count(other => other.Service == service) >= most ? "service_limit"
                        : service == "echo" && tokens == 0 ? "rate"
                        : source == 0 ? "address"
                        : inside.Count(other => other.Service == service && other.Source == source) >= perSource ? "source_limit"
                        : null;
                    Assert.Equal(expected, word);
                    if (word is null)
                    {
                        tokens -= service == "echo" ? 1 : 0;
                        inside.Add((service, source, lease));
                    }

                    break;
            }

            Assert.Equal(inside.Count, gate.Total.Taken);
            Assert.Equal(inside.Count(other => other.Service == "echo"), gate.Of("echo").Uses()[0].Used);
        }

        inside.ForEach(left => left.Lease.Dispose());
        Assert.Equal((0, true, true), (gate.Total.Taken, gate.Of("echo").IsEmpty, gate.Of("other").IsEmpty));

        void Reload()
        {
            var admission = new Admission { MaxConnections = most, MaxPerSource = perSource, Deny = [denied] };
            var map = Maps.OfServices(
                Maps.Handler("echo") with { Admission = admission with { Rate = new Rate(4, TimeSpan.FromHours(1), 4) } },
                Maps.Handler("other") with { Admission = admission });
            map = map with { Daemon = map.Daemon with { MaxConnections = total } };
            gate.Apply(map);
            gate.Settle(map);
        }
    });
}
