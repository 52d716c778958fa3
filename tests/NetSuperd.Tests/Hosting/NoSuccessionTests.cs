using NetSuperd.Hosting;

namespace NetSuperd.Tests.Hosting;

public sealed class NoSuccessionTests
{
    [Fact]
    public async Task Restart_OnASystemWithoutIt_IsRefusedWithTheReason()
    {
        using var succession = new NoSuccession("this system cannot pass sockets on; use 'reload', or stop and start");

        var (successor, outcome) = await succession.StartSuccessorAsync(null!, null!, TestContext.Current.CancellationToken);

        Assert.Null(successor);
        Assert.Equal(ExitStatus.Usage, outcome.Status);
        Assert.Equal(["netsuperd: this system cannot pass sockets on; use 'reload', or stop and start"], outcome.Messages);
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
