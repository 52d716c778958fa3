using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;

namespace NetSuperd.Server.Tests.Config;

/// <summary>The file of the operators' token.</summary>
public sealed class OperatorTokenTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly string Token = new('t', OperatorToken.LeastLength);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_APrivateFile_HasATokenThatNothingShows()
    {
        var loaded = Load($"{Token}\n", Private);

        Assert.Empty(loaded.Problems);
        var token = loaded.Map.Daemon.OperatorToken!;
        Assert.True(token.Matches(Token));
        Assert.False(token.Matches(Token + "t"));
        Assert.False(token.Matches(""));
        Assert.DoesNotContain(Token, MapText.Format(loaded.Map), StringComparison.Ordinal);
        Assert.DoesNotContain(Token, $"{loaded.Map.Daemon}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(32, Private | UnixFileMode.GroupRead, "can be read by other users; run: chmod 600")]
    [InlineData(32, Private | UnixFileMode.OtherRead, "can be read by other users; run: chmod 600")]
    [InlineData(31, Private, "a token has at least 32 characters")]
    [InlineData(5000, Private, "is larger than 4096 bytes")]
    public void Load_AnotherFile_IsRefused(int length, UnixFileMode mode, string problem)
    {
        var loaded = Load(new string('t', length), mode);

        Assert.True(loaded.HasErrors);
        var found = Assert.Single(loaded.Problems);
        Assert.Contains(problem, found.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("ttt", found.Message, StringComparison.Ordinal);
        Assert.Null(loaded.Map.Daemon.OperatorToken);
    }

    [Fact]
    public void Load_SeveralLinesOrNoFile_IsRefused()
    {
        Assert.Contains("one line", Assert.Single(Load($"{Token}\n{Token}\n", Private).Problems).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(_folder.Path, "token"));
        Assert.Contains("there is no file", Assert.Single(LoadAgain().Problems).Message, StringComparison.Ordinal);
    }

    private LoadResult Load(string content, UnixFileMode mode)
    {
        File.SetUnixFileMode(_folder.Write("token", content), mode);
        return LoadAgain();
    }

    private LoadResult LoadAgain() => MapFiles.Load(
        _folder.Write("map.toml", "[daemon]\noperator_token_file = \"token\"\n[ports]\n2007 = \"echo\"\n"),
        MapFiles.Plain with { UserId = FileOwner });

    private uint FileOwner => FileStatus.Of(_folder.Path)!.UserId;
}
