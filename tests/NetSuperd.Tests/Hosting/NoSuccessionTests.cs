using NetSuperd.Hosting;

namespace NetSuperd.Tests.Hosting;

public sealed class NoSuccessionTests
{
    [Fact]
    public void Restart_OnASystemWithoutIt_IsRefusedWithTheReason()
    {
        using var succession = new NoSuccession("this system cannot pass sockets on; use 'reload', or stop and start");

        Assert.Equal("this system cannot pass sockets on; use 'reload', or stop and start", succession.NoSuccessor);
    }

    [Fact]
    public void Start_OnASystemWithoutIt_IsThatOfTheFirstProcess()
    {
        using var succession = new NoSuccession("");

        Assert.False(succession.TakesOver);
        Assert.Null(succession.Obstacle);
        Assert.True(succession.Predecessors.IsEmpty);
    }
}
