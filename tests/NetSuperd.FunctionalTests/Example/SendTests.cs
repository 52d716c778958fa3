using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Example;

/// <summary><c>netsuperd send</c>: whatever the word is, it comes back.</summary>
[OnWindows]
public sealed class SendTests(EchoDaemon echo) : IClassFixture<EchoDaemon>
{
    public static TheoryData<string> Words => new(
        "--help", "-h", "@/etc/passwd", "@missing", "--", "", " ", "--config=x", "two words\nand a line", "gr\u00fc\u00df \u4e16\u754c");

    [Theory]
    [MemberData(nameof(Words))]
    public async Task Send_AnyWord_ComesBack(string word)
    {
        var sent = await Netsuperd.SendAsync(word, echo.Port);

        Assert.Equal(new CommandResult(0, $"Received: {word}\n", ""), sent);
    }

    [OnLinux("a command line of more than 32,767 characters")]
    [Fact]
    public Task Send_AWordLongerThanAllBuffers_ComesBack() => Send_AnyWord_ComesBack(new string('x', 100_000));

    [OnLinux("arguments that are no text")]
    [Fact]
    public async Task Send_AWordThatIsNoText_ComesBackToTheByte()
    {
        var sent = await Command.OutputAsync(
            "/bin/sh", "-c", "\"$1\" send 127.0.0.1 \"$(printf '\\377a\\300')\" \"$2\" | od -An -c", "sh", BuiltTree.Program,
            $"{echo.Port}");

        Assert.Equal("   R   e   c   e   i   v   e   d   :     377   a 300  \\n", sent.TrimEnd('\n'));
    }
}
