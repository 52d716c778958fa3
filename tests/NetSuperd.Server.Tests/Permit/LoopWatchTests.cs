using System.Net;
using System.Net.Sockets;
using System.Numerics;
using System.Text;
using NetSuperd.Platform;
using NetSuperd.Server.Permit;

namespace NetSuperd.Server.Tests.Permit;

public sealed class LoopWatchTests
{
    private const int Second = 1000;
    private const int RoundTrip = 20;

    private readonly LoopWatch _watch = new(Second);
    private long _now;

    [Theory]
    [InlineData("192.0.2.1", 10_008, LoopWatch.MostOfServices)]
    [InlineData("2001:db8::1", 10_008, LoopWatch.MostOfServices)]
    [InlineData("127.0.0.1", 10_008, LoopWatch.MostOfServices)]
    [InlineData("::1", 1024, LoopWatch.MostOfServices)]
    [InlineData("192.0.2.1", 40_008, LoopWatch.MostOfClients)]
    [InlineData("2001:db8::1", 65_535, LoopWatch.MostOfClients)]
    [InlineData("127.0.0.1", 40_008, LoopWatch.Most)]
    public void TryAnswer_EchoAndEcho_IsRefusedAfterSoMany(string remote, int port, int expected) =>
        Assert.Equal(expected, Answers(Arrival(remote, port), _ => "forged", request => request));

    [Theory]
    [InlineData("192.0.2.1", 10_008)]
    [InlineData("192.0.2.1", 40_008)]
    [InlineData("127.0.0.1", 40_008)]
    public void TryAnswer_AnotherServiceWhoseAnswersComeBack_IsRefusedAtTheFirst(string remote, int port)
    {
        var answer = "";

        Assert.Equal(LoopWatch.MostReturned, Answers(Arrival(remote, port), _ => answer, _ => answer = $"it is {_now}"));
    }

    [Theory]
    [InlineData("192.0.2.1", 10_008, LoopWatch.MostOfServicesInAll)]
    [InlineData("127.0.0.1", 10_008, LoopWatch.MostOfServicesInAll)]
    [InlineData("192.0.2.1", 40_008, LoopWatch.MostOfClients)]
    [InlineData("127.0.0.1", 40_008, LoopWatch.Most)]
    public void TryAnswer_TwoServicesWithChangingAnswers_IsRefusedAfterTheLimit(string remote, int port, int expected) =>
        Assert.Equal(expected, Answers(Arrival(remote, port), i => $"theirs {i}", _ => $"ours {_now}"));

    [Theory]
    [InlineData("192.0.2.1", 10_008, LoopWatch.MostOfServicesInAll)]
    [InlineData("192.0.2.1", 40_008, LoopWatch.Most)]
    public void TryAnswer_EchoToAServiceWithChangingAnswers_IsRefusedAfterTheLimit(string remote, int port, int expected) =>
        Assert.Equal(expected, Answers(Arrival(remote, port), i => $"theirs {i}", request => request));

    [Fact]
    public void TryAnswer_EchoToAServiceThatChangesEachSecond_IsRefusedAfterSoMany() => Assert.InRange(
        Answers(Arrival("192.0.2.1", 40_008), _ => $"it is {_now / Second}", request => request), LoopWatch.MostOfClients,
        LoopWatch.MostOfClients * 2);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(50)]
    public void TryAnswer_LoopsOfTheSameTwoThatTakeTurns_AreRefusedAfterSoManyEach(int loops) => Assert.InRange(
        Answers(Arrival("192.0.2.1", 40_008), i => $"forged {i % loops}", request => request),
        LoopWatch.MostOfClients,
        (LoopWatch.MostOfClients + 2) * loops * 2);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void TryAnswer_LoopsWithAnEchoThatTakeTurns_AreEndedSoon(int loops)
    {
        var answers = new List<string>();

        Assert.InRange(
            Answers(Arrival("192.0.2.1", 40_008), i => i < loops ? $"forged {i}" : answers[i - loops], _ =>
            {
                answers.Add($"line {answers.Count}");
                return answers[^1];
            }),
            LoopWatch.MostReturned,
            64);
    }

    [Fact]
    public void TryAnswer_AClientThatPauses_IsNeverRefused()
    {
        for (var i = 0; i < 1_000; i++)
        {
            _now += 10 * Second + 1;
            Assert.True(TryAnswer(Arrival("192.0.2.1", 10_008), "TEST", "TEST"));
        }
    }

    [Fact]
    public void TryAnswer_ALoopThatWasEnded_BeginsAgain()
    {
        var loop = Arrival("192.0.2.1", 10_008);

        Assert.Equal(LoopWatch.MostOfServices, Answers(loop, _ => "TEST", request => request));
        Assert.Equal(LoopWatch.MostOfServices, Answers(loop, _ => "TEST", request => request));
    }

    [Fact]
    public void TryAnswer_SeveralLoopsOfTheSameTwoTogether_AreAllEnded()
    {
        // Each datagram that is not answered is one loop less.
        var (loops, answered) = (20, 0);
        for (; loops > 0; answered++)
        {
            loops -= TryAnswer(Arrival("192.0.2.1", 10_008), "TEST", "TEST") ? 0 : 1;
            Assert.InRange(answered, 0, 21 * (LoopWatch.MostOfServices + 2));
        }
    }

    [Fact]
    public void TryAnswer_ALoopAmongManyForgedSources_IsStillEnded()
    {
        // Between two datagrams of the loop come more new sources than there is room for.
        var answered = 0;
        for (uint source = 0; TryAnswer(Arrival("192.0.2.1", 10_008), "TEST", "TEST"); answered++)
        {
            for (var i = 0; i < 5_000; i++)
            {
                var arrival = new DatagramArrival(AddressFamily.InterNetwork, 0x0A000000 + source++, 5555, 1, 2, false);
                Assert.True(TryAnswer(arrival, "x", "x"));
            }

            // It may have to try until one answer is remembered; from then on its exchange is longer than theirs.
            Assert.InRange(answered, 0, LoopWatch.MostOfServices + 200);
        }

        Assert.Equal(4096, _watch.Size);
    }

    [Fact]
    public void TryAnswer_ManySources_NeedsNoMoreMemory()
    {
        for (uint i = 0; i < 100_000; i++)
        {
            _ = TryAnswer(new DatagramArrival(AddressFamily.InterNetwork, 0x0A000000 + i, 5555, 1, 2, false), "x", "x");
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (uint i = 0; i < 10_000; i++)
        {
            _ = _watch.TryAnswer(
                new DatagramArrival(AddressFamily.InterNetwork, 0x0B000000 + i, 5555, 1, 2, false), false, "x"u8, "x"u8, _now);
        }

        Allocated.NothingForEach(GC.GetAllocatedBytesForCurrentThread() - before, calls: 10_000);
    }

    [Fact]
    public void TryAnswer_OfUnixSockets_AreDistinguished()
    {
        for (uint i = 0; i < 1_000; i++)
        {
            Assert.True(TryAnswer(new DatagramArrival(AddressFamily.Unix, i, 0, 0, 0, false), "TEST", "TEST"));
        }

        Assert.Equal(
            LoopWatch.Most, Answers(new DatagramArrival(AddressFamily.Unix, 7777, 0, 0, 0, false), _ => "TEST", request => request));
    }

    // How many datagrams after the first, forged one are answered.
    private int Answers(DatagramArrival arrival, Func<int, string> request, Func<string, string> answer)
    {
        for (var i = 0; ; i++)
        {
            _now += RoundTrip;
            var asked = request(i);
            if (!TryAnswer(arrival, asked, answer(asked)))
            {
                return i - 1;
            }
        }
    }

    private bool TryAnswer(in DatagramArrival arrival, string request, string answer) => _watch.TryAnswer(
        arrival, Peer.Of(arrival).IsLocal, Encoding.UTF8.GetBytes(request), Encoding.UTF8.GetBytes(answer), _now);

    private static DatagramArrival Arrival(string remote, int port)
    {
        var address = IPAddress.Parse(remote);
        var number = (UInt128)new BigInteger(address.GetAddressBytes(), isUnsigned: true, isBigEndian: true);
        return new DatagramArrival(address.AddressFamily, number, port, 1, 2, IsForMany: false);
    }
}
