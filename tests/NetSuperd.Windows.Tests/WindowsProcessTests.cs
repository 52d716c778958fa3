using System.Security.Principal;
using NetSuperd.Windows.Hosting;

namespace NetSuperd.Windows.Tests;

public sealed class WindowsProcessTests
{
    [Fact]
    public void Account_OfThisProcess_IsThatOfItsToken()
    {
        using var identity = WindowsIdentity.GetCurrent();

        Assert.Equal(new WindowsPrincipal(identity).IsInRole(WindowsBuiltInRole.Administrator), WindowsProcess.IsElevated);
        Assert.Equal($"the user '{identity.Name}'", WindowsProcess.UserName, ignoreCase: true);
    }

    [Fact]
    public void Use_OfThisProcess_IsKnown()
    {
        Assert.True(WindowsProcess.CpuTime > TimeSpan.Zero);
        Assert.True(WindowsProcess.ResidentBytes > 1 << 20);
        Assert.NotNull(WindowsProcess.Handles);
    }

    [Fact(Skip = "Wine has no count of handles: it is 0", SkipType = typeof(Wine), SkipWhen = nameof(Wine.IsHere))]
    public void Handles_OfThisProcess_AreCounted()
    {
        var before = WindowsProcess.Handles!.Value;
        var handles = Enumerable.Range(0, 100).Select(_ => new EventWaitHandle(false, EventResetMode.ManualReset)).ToList();
        Assert.InRange(WindowsProcess.Handles!.Value, before + 50, WindowsProcess.HandleLimit);
        handles.ForEach(handle => handle.Dispose());
    }
}
