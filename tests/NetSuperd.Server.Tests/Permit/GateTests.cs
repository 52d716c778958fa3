using NetSuperd.Server.Permit;

namespace NetSuperd.Server.Tests.Permit;

public sealed class GateTests
{
    [Fact]
    public void Judge_UntilTheDrain_AdmitsAndThenRefuses()
    {
        var gate = new Gate();

        Assert.Null(gate.Judge().Reason);
        gate.Drain();
        Assert.Equal("draining", gate.Judge().Reason);
    }
}
