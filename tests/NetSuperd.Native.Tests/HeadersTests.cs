using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

/// <summary>What is declared in C# is what the system's C compiler makes of the headers.</summary>
public sealed class HeadersTests
{
    public static TheoryData<string, long> Constants => Data(Headers.Constants());

    public static TheoryData<string, long> SocketOptions => Data(Headers.SocketOptions());

    public static TheoryData<string, long> Errnos => Data(Headers.Errnos());

    public static TheoryData<string, long> Signals => Data(Headers.Signals());

    public static TheoryData<string, long> SystemCalls => Data(Headers.SystemCalls());

    public static TheoryData<string, long> Enumerated => Data(Headers.Enumerated());

    public static TheoryData<string, long> Resources => Data(Headers.Resources());

    public static TheoryData<string, long> Layouts => Data(Headers.Layouts());

    [Theory]
    [MemberData(nameof(Constants))]
    [MemberData(nameof(SocketOptions))]
    [MemberData(nameof(Errnos))]
    [MemberData(nameof(Signals))]
    [MemberData(nameof(SystemCalls))]
    [MemberData(nameof(Enumerated))]
    [MemberData(nameof(Resources))]
    [MemberData(nameof(Layouts))]
    public void Declared_InCSharp_IsWhatTheHeadersSay(string expression, long declared) =>
        Assert.Equal(Headers.Value(expression), declared);

    [Fact]
    public void Constants_WithNamesOfOurOwn_AreWhatTheHeadersSay() => Assert.All(
        Headers.Renamed(),
        constant => Assert.Equal((constant.Name, Headers.Value(constant.Expression)), (constant.Name, constant.Declared)));

    [Fact]
    public void Constants_OfNative_AreComparedOrListedAsOurOwn()
    {
        Assert.Empty(Headers.Unknown());
        Assert.Empty(Headers.Gone());
    }

    [Theory]
    [InlineData("AF_UNIX")]
    [InlineData("AT_FDCWD")]
    [InlineData("EM_X86_64")]
    [InlineData("IPPROTO_TCP")]
    [InlineData("POSIX_SPAWN_SETSID")]
    [InlineData("SIGKILL")]
    [InlineData("STATX_BASIC_STATS")]
    [InlineData("SYS_pidfd_open")]
    [InlineData("X_OK")]
    public void Constants_WhereverDeclared_AreAllCompared(string name) =>
        Assert.Contains(name, Headers.Constants().Select(pair => pair.Expression));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(32, "32")]
    [InlineData(64, "64")]
    [InlineData(-1, "-1")]
    public void SignalName_WithoutOne_IsTheNumber(int signal, string name) => Assert.Equal(name, SignalName.Of(signal));

    [Fact]
    public void Reason_OfAnErrorNumber_IsThatOfTheSystem() => Assert.All(
        Enumerable.Range(1, 140), errno => Assert.Equal(Marshal.GetPInvokeErrorMessage(errno), ((Errno)errno).Reason()));

    private static TheoryData<string, long> Data(IEnumerable<(string Expression, long Declared)> rows)
    {
        var data = new TheoryData<string, long>();
        foreach (var (expression, declared) in rows)
        {
            data.Add(expression, declared);
        }

        return data;
    }
}
