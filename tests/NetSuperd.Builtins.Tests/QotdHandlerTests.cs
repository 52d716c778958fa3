using System.Text;
using NetSuperd.Tests;

namespace NetSuperd.Builtins.Tests;

/// <summary>RFC 865.</summary>
public sealed class QotdHandlerTests : IDisposable
{
    private static readonly string[] Two = ["one", "two\nlines"];

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task Stream_Answer_IsOneOfTheQuotes()
    {
        var handler = new QotdHandler(HandlerParts.Service(("quotes", Two)));
        var heard = new HashSet<string>();
        for (var i = 0; i < 200; i++)
        {
            var connection = new FakeConnection();
            await handler.HandleAsync(connection, TestContext.Current.CancellationToken);
            heard.Add(Encoding.ASCII.GetString(connection.Sent));
        }

        Assert.Equal(["one\r\n", "two\r\nlines\r\n"], heard.Order());
    }

    [Fact]
    public async Task WithoutSettings_Quotes_AreShortAndPrinting()
    {
        for (var i = 0; i < 50; i++)
        {
            var connection = new FakeConnection();
            await new QotdHandler(HandlerParts.Service()).HandleAsync(connection, TestContext.Current.CancellationToken);

            // RFC 865: the ASCII printing characters, space, carriage return, and line feed; less than 512 characters.
            Assert.InRange(connection.Sent.Length, 1, 511);
            Assert.All(connection.Sent, letter => Assert.True(letter is >= (byte)' ' and <= (byte)'~' or (byte)'\r' or (byte)'\n'));
        }
    }

    [Theory]
    [InlineData(0, "short\r\n")]
    [InlineData(64, "short\r\n")]
    [InlineData(101, "short\r\n")]
    [InlineData(102, "long")]
    public void Datagram_Answer_IsNoLongerThanAskedOrThan64(int asked, string longest)
    {
        var handler = new QotdHandler(HandlerParts.Service(("quotes", new[] { "short", "long".PadRight(100, '.') })));

        var answers = Enumerable.Range(0, 200)
            .Select(_ => Encoding.ASCII.GetString(Assert.Single(FakeReply.To(handler, new byte[asked]))))
            .ToList();
        Assert.StartsWith(longest, answers.MaxBy(answer => answer.Length), StringComparison.Ordinal);
    }

    [Fact]
    public void Datagram_WhereNoQuoteIsShortEnough_HasNoAnswer()
    {
        var handler = new QotdHandler(HandlerParts.Service(("quotes", new[] { new string('x', 63) })));

        Assert.Empty(FakeReply.To(handler, new byte[64]));
        Assert.Single(FakeReply.To(handler, new byte[65]));
    }

    [Fact]
    public void File_OfFortunes_IsReadOnceAndWhole()
    {
        File.WriteAllText(_file, "one\n%\ntwo\r\nlines\n%\n%\nthree % of it\n");
        var handler = new QotdHandler(HandlerParts.Service(("file", _file)));
        File.WriteAllText(_file, "");

        Assert.Equal(
            ["one\r\n", "three % of it\r\n", "two\r\nlines\r\n"],
            Enumerable.Range(0, 300)
                .Select(_ => Encoding.ASCII.GetString(Assert.Single(FakeReply.To(handler, new byte[512]))))
                .Distinct()
                .Order());
    }

    [Theory]
    [InlineData("quotes", "", "an empty quote")]
    [InlineData("quotes", "caf\u00e9", "other characters than printing ASCII")]
    [InlineData("quotes", "bell\a", "other characters than printing ASCII")]
    [InlineData("file", "quotes.txt", "an absolute path")]
    [InlineData("file", "/nonexistent/quotes", "no such file: /nonexistent/quotes")]
    [InlineData("file", "/proc/version", "is empty, or not a regular file: /proc/version")]
    public void Settings_ThatAreWrong_AreAComplaint(string key, string value, string expected) => Assert.Contains(
        expected,
        Assert.Throws<SettingsException>(
            () => new QotdHandler(HandlerParts.Service((key, key == "file" ? value : new[] { value })))).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData(509, true)]
    [InlineData(510, false)]
    public void Quote_OfSoManyCharacters_FitsOrIsAComplaint(int length, bool fits)
    {
        var made = Record.Exception(() => new QotdHandler(HandlerParts.Service(("quotes", new[] { new string('x', length) }))));

        Assert.Equal(fits, made is null);
        Assert.True(fits || made is SettingsException { Message: var message } && message.Contains("too long", StringComparison.Ordinal));
    }

    [Fact]
    public void Settings_OfBothKinds_ExcludeEachOther() =>
        Assert.Throws<SettingsException>(() => new QotdHandler(HandlerParts.Service(("file", _file), ("quotes", Two))));

    [Fact]
    public void Settings_WithoutAQuote_AreAComplaint()
    {
        Assert.Throws<SettingsException>(() => new QotdHandler(HandlerParts.Service(("quotes", Array.Empty<string>()))));
        Assert.Throws<SettingsException>(() => new QotdHandler(HandlerParts.Service(("file", _file))));
    }
}
