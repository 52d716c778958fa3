using System.Diagnostics;
using NetSuperd.Native;
using NetSuperd.Linux.Spawn;

namespace NetSuperd.Server.Tests.Spawn;

/// <summary>Which sessions of ended children are signalled at a stop.</summary>
/// <remarks>By themselves: a process is started.</remarks>
[Collection(RunsAlone.Name)]
public sealed class LeftSessionsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Session_WhoseNumberAnotherProcessHas_IsNotSignalled()
    {
        // It stands for a process that has got the number of a child that has ended.
        using var other = Process.Start("/usr/bin/setsid", ["/bin/sleep", "1000"]);
        try
        {
            bool Leads() => ProcessSession.Living(new HashSet<int> { other.Id }).Contains(other.Id);
            Assert.True(await Task.Run(() => SpinWait.SpinUntil(Leads, Patience), TestContext.Current.CancellationToken));
            var left = new LeftSessions();
            left.Add(other.Id);

            Assert.Equal([7], left.Union([7]));
            Assert.Equal(0, left.Forget());
        }
        finally
        {
            other.Kill();
            await other.WaitForExitAsync(CancellationToken.None);
        }
    }
}
