using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

public sealed class SignalNameTests
{
    [Theory]
    [InlineData("HUP", 1)]
    [InlineData("sighup", 1)]
    [InlineData("SIGUSR2", 12)]
    [InlineData("15", 15)]
    [InlineData("64", 64)]
    [InlineData("65", null)]
    [InlineData("0", null)]
    [InlineData("-1", null)]
    [InlineData("", null)]
    [InlineData("SIG", null)]
    [InlineData("HANGUP", null)]
    public void Find_AText_IsTheSignal(string text, int? signal) => Assert.Equal(signal, SignalName.Find(text));
}
