using NetSuperd.Systems;
using NetSuperd.Windows.Calls;
using NetSuperd.Windows.Hosting;

namespace NetSuperd.Windows.Tests;

public sealed class ReportedStateTests : IDisposable
{
    private const uint Unavailable = 69;

    private readonly List<Advapi32.ServiceStatus> _reports = [];
    private readonly ReportedState _state;

    public ReportedStateTests() => _state = new ReportedState(_reports.Add);

    private Advapi32.ServiceStatus Last => _reports[^1];

    public void Dispose() => _state.Dispose();

    [Fact]
    public void Start_UntilTheDaemonServes_IsPendingAndTakesNoOrder()
    {
        _state.Starting(TimeSpan.FromSeconds(90));

        Assert.Equal(
            (Advapi32.SERVICE_START_PENDING, 0u, 90_000u, 1u),
            (Last.dwCurrentState, Last.dwControlsAccepted, Last.dwWaitHint, Last.dwCheckPoint));

        _state.Running();

        Assert.Equal((Advapi32.SERVICE_RUNNING, 0u, 0u), (Last.dwCurrentState, Last.dwWaitHint, Last.dwCheckPoint));
        Assert.Equal(
            Advapi32.SERVICE_ACCEPT_STOP | Advapi32.SERVICE_ACCEPT_SHUTDOWN | Advapi32.SERVICE_ACCEPT_PRESHUTDOWN
            | Advapi32.SERVICE_ACCEPT_PARAMCHANGE,
            Last.dwControlsAccepted);
    }

    [Fact]
    public void Stop_WhileAReloadEnds_StaysAStop()
    {
        _state.Starting(TimeSpan.FromSeconds(1));
        _state.Running();
        _state.Stopping(TimeSpan.FromSeconds(40));
        _state.Running();

        Assert.Equal((Advapi32.SERVICE_STOP_PENDING, 40_000u), (Last.dwCurrentState, Last.dwWaitHint));
        Assert.Equal(Advapi32.SERVICE_ACCEPT_SHUTDOWN, Last.dwControlsAccepted);
    }

    [Fact]
    public async Task Stop_ThatLasts_ReportsProgress()
    {
        _state.Starting(TimeSpan.FromSeconds(1));
        _state.Running();
        _state.Stopping(TimeSpan.FromDays(365));

        Assert.Equal((1u, (uint)int.MaxValue), (Last.dwCheckPoint, Last.dwWaitHint));
        await Waiting.UntilAsync(() => _reports.Exists(report => report.dwCheckPoint >= 2), "a checkpoint");
        Assert.Equal(Advapi32.SERVICE_STOP_PENDING, Last.dwCurrentState);
    }

    [Theory]
    [InlineData(0, 0u)]
    [InlineData(69, (uint)Advapi32.ERROR_SERVICE_SPECIFIC_ERROR)]
    public void End_WithAStatus_IsReportedOnceAndIsTheLast(int status, uint error)
    {
        _state.Starting(TimeSpan.FromSeconds(1));
        _state.Stopped(status);
        _state.Stopping(TimeSpan.FromSeconds(1));
        _state.Running();
        _state.Stopped(1);

        Assert.Equal(2, _reports.Count);
        Assert.Equal(
            (Advapi32.SERVICE_STOPPED, error, (uint)status, 0u),
            (Last.dwCurrentState, Last.dwWin32ExitCode, Last.dwServiceSpecificExitCode, Last.dwControlsAccepted));
        Assert.True(status == 0 || Last.dwServiceSpecificExitCode == Unavailable);
    }
}
