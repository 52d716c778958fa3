using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests.Config;

public sealed class SuggestionTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("user", "user", 0)]
    [InlineData("usr", "user", 1)]
    [InlineData("uesr", "user", 1)]
    [InlineData("users", "user", 1)]
    [InlineData("usee", "user", 1)]
    [InlineData("drian", "drain", 1)]
    [InlineData("abc", "cba", 2)]
    [InlineData("", "abc", 3)]
    [InlineData("service-12", "service-21", 1)]
    [InlineData("ab-service", "ba-service", 1)]
    [InlineData("aab", "ab", 1)]
    [InlineData("abab", "baba", 2)]
    public void Distance_CountsEditsAndSwaps(string left, string right, int edits)
    {
        Assert.Equal(edits, Suggestion.Distance(left, right));
        Assert.Equal(edits, Suggestion.Distance(right, left));
    }

    [Theory]
    [InlineData("usr", "; did you mean 'user'?")]
    [InlineData("umsk", "; did you mean 'umask'?")]
    [InlineData("handrel", "; did you mean 'handler'?")]
    [InlineData("us", "")]
    [InlineData("usxy", "")]
    [InlineData("usxxr", "; did you mean 'user'?")]
    [InlineData("colour", "")]
    [InlineData("", "")]
    public void For_Word_NamesTheNearest(string word, string expected) =>
        Assert.Equal(expected, Suggestion.For(word, ["handler", "user", "umask"]));
}
