using System.Runtime.InteropServices;
using NetSuperd.Windows.Programs;

namespace NetSuperd.Windows.Tests;

public sealed partial class CommandLineTextTests
{
    public static TheoryData<string, string> Quoted => new()
    {
        { "plain", "plain" },
        { "", "\"\"" },
        { "two words", "\"two words\"" },
        { "a\tb", "\"a\tb\"" },
        { "say \"hi\"", "\"say \\\"hi\\\"\"" },
        { "\"", "\"\\\"\"" },
        { @"C:\folder\", @"C:\folder\" },
        { @"C:\a folder\", "\"C:\\a folder\\\\\"" },
        { "a\\\"b", "\"a\\\\\\\"b\"" },
        { @"a\\b", @"a\\b" },
        { "%PATH% & del ^ | <x> (y) !z!", "\"%PATH% & del ^ | <x> (y) !z!\"" },
        { "ümlaut 漢字", "\"ümlaut 漢字\"" },
    };

    [Theory]
    [MemberData(nameof(Quoted))]
    public void Of_AnArgument_IsQuotedWhereThatIsNeeded(string argument, string text) =>
        Assert.Equal($"\"it\" {text}", CommandLineText.Of("it", [argument]));

    [Theory]
    [MemberData(nameof(Quoted))]
    public void Of_AnArgument_IsFoundAgainByWindows(string argument, string text)
    {
        Assert.NotEmpty(text);
        Assert.Equal(["a name", argument, "end"], Parse(CommandLineText.Of("a name", [argument, "end"])));
    }

    [Fact]
    public void Of_AnyLettersThatMean_IsFoundAgainByWindows()
    {
        // Every text of up to five of the letters that mean something.
        const string Letters = "\\\" a";
        IEnumerable<string> texts = [""];
        for (var length = 0; length < 5; length++)
        {
            texts = [.. texts.SelectMany(text => Letters.Select(letter => text + letter)), ""];
        }

        Assert.All(texts.Distinct().Chunk(50), chunk => Assert.Equal(["it", .. chunk], Parse(CommandLineText.Of("it", chunk))));
    }

    private static unsafe string[] Parse(string commandLine)
    {
        var arguments = CommandLineToArgvW(commandLine, out var count);
        var found = Enumerable.Range(0, count).Select(i => Marshal.ReadIntPtr(arguments, i * sizeof(nint)));
        string[] texts = [.. found.Select(text => Marshal.PtrToStringUni(text)!)];
        Marshal.FreeHGlobal(arguments);
        return texts;
    }

    [LibraryImport("shell32", StringMarshalling = StringMarshalling.Utf16)]
    private static partial nint CommandLineToArgvW(string commandLine, out int count);
}
