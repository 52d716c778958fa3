using NetSuperd.Server.Config;
using NetSuperd.Windows.Hosting;
using NetSuperd.Windows.Logging;

namespace NetSuperd.Windows.Tests;

public sealed class WindowsInstallationTests
{
    [Fact]
    public void StandardError_OfAService_IsTheEventLog()
    {
        using var service = new WindowsService();
        var installation = new WindowsInstallation(service);

        Assert.Equal(LogTarget.EventLog, installation.Placed(LogTarget.Stderr));
        Assert.Equal(LogTarget.File, installation.Placed(LogTarget.File));
        Assert.True(installation.StandardErrorTakesLevels);
        using var error = installation.StandardError();
        Assert.IsType<EventLogStream>(error);
    }

    [Fact]
    public void StandardError_OfAProgram_IsItsOwn()
    {
        var installation = new WindowsInstallation(service: null);

        Assert.Equal(LogTarget.Stderr, installation.Placed(LogTarget.Stderr));
        Assert.False(installation.StandardErrorTakesLevels);
        using var error = installation.StandardError();
        Assert.IsType<CountedStream>(error);
    }
}
