using System.Text;
using NetSuperd.Tests;

namespace NetSuperd.Builtins.Tests;

/// <summary>RFC 864.</summary>
public sealed class ChargenHandlerTests
{
    private readonly ChargenHandler _handler = new(HandlerParts.Service());

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    public void Datagram_Answer_IsOfRandomLengthAndNeverLongerThanAsked(int asked)
    {
        var lengths = Enumerable.Range(0, 3000).Select(_ => Assert.Single(FakeReply.To(_handler, new byte[asked])).Length).ToHashSet();

        // RFC 864: an answering datagram is sent containing a random number of characters.
        Assert.Equal(Enumerable.Range(0, asked + 1), lengths.Order());
    }

    [Theory]
    [InlineData(false, 65_507)]
    [InlineData(true, 0)]
    public void Datagram_Answer_HasAtMost512Characters(bool amplify, int asked)
    {
        var handler = new ChargenHandler(HandlerParts.Service(("amplify", amplify)));

        var lengths = Enumerable.Range(0, 5000).Select(_ => Assert.Single(FakeReply.To(handler, new byte[asked])).Length).ToList();
        Assert.InRange(lengths.Max(), 480, 512);
        Assert.InRange(lengths.Min(), 0, 30);
    }

    [Fact]
    public void Datagram_Answer_HasNoHistory()
    {
        // RFC 864: there is no history or state information associated with the UDP version: every answer is the beginning of the same.
        var answers = Enumerable.Range(0, 200)
            .Select(_ => Encoding.ASCII.GetString(Assert.Single(FakeReply.To(_handler, new byte[300]))))
            .ToList();
        var longest = answers.MaxBy(answer => answer.Length)!;

        Assert.All(answers, answer => Assert.StartsWith(answer, longest, StringComparison.Ordinal));
    }
}
