using NetSuperd.Server.Permit;

namespace NetSuperd.Server.Tests.Permit;

public sealed class NetworkLimitTests
{
    [Theory]
    [InlineData(30, 20, 1000, 20)]
    [InlineData(30, 10, 1000, 15)]
    [InlineData(30, 40, 1000, 30)]
    [InlineData(1, 0, 1000, 1)]
    [InlineData(null, 0, 1000, 250)]
    [InlineData(null, 400, 1000, 400)]
    [InlineData(null, 2000, 1000, 1000)]
    [InlineData(null, 0, 3, 1)]
    [InlineData(null, 0, 1, 1)]
    public void OfNarrow_IsHalfTheNetworks_AndNoLessThanASourceMayHave(int? said, int ofSource, int most, int expected) =>
        Assert.Equal(expected, new NetworkLimit(said, ofSource).OfNarrow(most, most));
}
