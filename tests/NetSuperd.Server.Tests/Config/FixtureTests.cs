using NetSuperd.Platform;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Tests.Config;

/// <summary>
/// The rule book of the map: <c>NAME.toml</c> and, in <c>NAME.expected</c>, every problem as it is printed. The daemon that loads it is
/// root where the name ends so.
/// </summary>
public sealed class FixtureTests
{
    public static TheoryData<string> Names =>
        [.. Directory.EnumerateFiles(MapFiles.Fixtures, "*.toml")
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Order(StringComparer.Ordinal)];

    public static TheoryData<string> AcceptedNames =>
        [.. Names.Select(name => name.Data).Where(name => !name.StartsWith("rejects-", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Names))]
    public void Load_Fixture_HasTheExpectedProblems(string name)
    {
        var result = MapFiles.Load(Path.Combine(MapFiles.Fixtures, name + ".toml"), SurroundingsOf(name));

        Assert.Equal(File.ReadAllText(Path.Combine(MapFiles.Fixtures, name + ".expected")), MapFiles.Render(result, MapFiles.Fixtures));
        Assert.Equal(name.StartsWith("rejects-", StringComparison.Ordinal), result.HasErrors);
        Assert.Equal(name.StartsWith("accepts-", StringComparison.Ordinal), result.Problems.IsEmpty);
    }

    [Theory]
    [MemberData(nameof(AcceptedNames))]
    public void Format_AcceptedFixture_IsAcceptedAndTheSameAgain(string name)
    {
        var shown = MapText.Format(MapFiles.Load(Path.Combine(MapFiles.Fixtures, name + ".toml"), SurroundingsOf(name)).Map);

        var again = MapFiles.LoadText(shown, SurroundingsOf(name));

        Assert.False(again.HasErrors, MapFiles.Render(again, ""));
        Assert.Equal(shown, MapText.Format(again.Map));
    }

    [Fact]
    public void Fixtures_Exist() => Assert.True(Names.Count >= 60);

    [Fact]
    public void Fixtures_HaveNoExpectationWithoutMap() =>
        Assert.Equal(
            Names.Select(name => name.Data).Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(MapFiles.Fixtures, "*.expected")
                .Select(file => Path.GetFileNameWithoutExtension(file))
                .Order(StringComparer.Ordinal));

    private static Surroundings SurroundingsOf(string name) =>
        name.EndsWith("-as-root", StringComparison.Ordinal) ? MapFiles.Root : MapFiles.Plain;
}
