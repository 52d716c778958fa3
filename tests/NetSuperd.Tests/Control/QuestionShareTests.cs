using Microsoft.Extensions.Time.Testing;
using NetSuperd.Control;

namespace NetSuperd.Tests.Control;

/// <summary>How much a user may ask at a socket for questions.</summary>
public sealed class QuestionShareTests
{
    private const uint User = 1000;
    private const int AtOnce = 1024;

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void User_ThatAsksInALoop_WaitsForItsTurnAndNoOtherUserDoes()
    {
        var share = new QuestionShare(_time);

        Assert.All(Enumerable.Range(0, AtOnce), _ => Assert.Equal(TimeSpan.Zero, share.Enter(User)));
        Assert.Equal(7.8, share.Enter(User).TotalMilliseconds, 0.1);
        Assert.Equal(15.6, share.Enter(User).TotalMilliseconds, 0.1);
        Assert.Equal(TimeSpan.Zero, share.Enter(User + 1));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.Zero, share.Enter(User));
    }

    [Fact]
    public void LongAnswer_CostsAsManyTokensAsItIsLong()
    {
        var share = new QuestionShare(_time);

        share.Enter(User);
        share.Pay(User, 40 << 20);

        Assert.Equal(2000, share.Enter(User).TotalMilliseconds, 10.0);
    }

    [Fact]
    public void User_ThatHasAskedMuch_IsRememberedAmongThousands()
    {
        var share = new QuestionShare(_time);
        share.Pay(User, 40 << 20);

        for (var user = 0u; user < 10_000; user++)
        {
            share.Enter(User + 1 + user);
            _time.Advance(TimeSpan.FromMicroseconds(100));
        }

        Assert.Equal(1000, share.Enter(User).TotalMilliseconds, 50.0);
    }
}
