using CsCheck;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Tests.Config;

public sealed class MapDiffTests
{
    private const string Before = """
        [daemon]
        drain = "30s"
        [ports]
        7 = "echo"
        "127.0.0.1:8080/tcp" = { service = "web", backlog = 5 }
        [services.web]
        exec = ["/bin/cat"]
        umask = "022"
        """;

    private static readonly Gen<MapEntry[]> Maps = Gen.Select(Gen.Int[0, 12], Gen.OneOf("1", "\"2\"", "[]"))
        .Select(pair => new MapEntry($"services.s{pair.Item1}", pair.Item2))
        .Array[0, 12]
        .Select(entries => entries.DistinctBy(entry => entry.Path).ToArray());

    [Fact]
    public void Of_TwoMaps_IsWhatAReloadWouldChange()
    {
        var after = Before
            .Replace("\"022\"", "\"027\"", StringComparison.Ordinal)
            .Replace(", backlog = 5", ", nodelay = true", StringComparison.Ordinal)
            .Replace("7 = \"echo\"", "\"@x\" = \"echo\"", StringComparison.Ordinal);

        Assert.Equal(
            """
            + ports."@x".service = "echo"
            + ports."@x".name = "echo"
            + ports."@x".type = "stream"
            - ports."7/tcp".service = "echo"
            - ports."7/tcp".name = "echo"
            - ports."7/tcp".protocol = "tcp"
            - ports."7/tcp".reuse_port = false
            - ports."7/tcp".nodelay = false
            - ports."7/tcp".keepalive = true
            - ports."7/tcp".freebind = false
            - ports."7/tcp".transparent = false
            - ports."127.0.0.1:8080/tcp".backlog = 5
            ~ ports."127.0.0.1:8080/tcp".nodelay = false -> true
            ~ services.web.umask = "022" -> "027"
            """,
            string.Join('\n', Diff(Before, after)));
    }

    [Fact]
    public void Of_OneMapInOtherWords_IsEmpty() =>
        Assert.Empty(Diff(Before, Before
            .Replace("\"30s\"", "\"30000ms\"", StringComparison.Ordinal)
            .Replace("7 = ", "\"echo/tcp\" = ", StringComparison.Ordinal)
            .Replace("umask = \"022\"", "argv0 = \"/bin/cat\"", StringComparison.Ordinal)));

    [Fact]
    public void Of_AServiceThatGoes_NamesEveryKeyOfIt()
    {
        var changes = Diff(Before, Before[..Before.IndexOf("\"127", StringComparison.Ordinal)]);

        Assert.All(changes, change => Assert.Null(change.New));
        Assert.Contains("- services.web.exec = [\"/bin/cat\"]", changes.Select(change => change.ToString()));
    }

    [Fact]
    public void Of_Equal_IsEmpty() => Maps.Sample(map => Assert.Empty(MapDiff.Between(map, [.. map])));

    [Fact]
    public void Of_AppliedToTheOld_GivesTheNew() => Gen.Select(Maps, Maps).Sample((old, @new) =>
    {
        var applied = old.ToDictionary(entry => entry.Path, entry => entry.Value);
        foreach (var change in MapDiff.Between(old, @new))
        {
            Assert.Equal(change.Old, applied.GetValueOrDefault(change.Path));
            Assert.NotEqual(change.Old, change.New);
            _ = applied.Remove(change.Path);
            if (change.New is { } value)
            {
                applied.Add(change.Path, value);
            }
        }

        Assert.Equivalent(@new.ToDictionary(entry => entry.Path, entry => entry.Value), applied, strict: true);
    });

    [Fact]
    public void Of_TwoMaps_KeepsTheOrderOfBoth() => Gen.Select(Maps, Maps).Sample((old, @new) =>
    {
        var changes = MapDiff.Between(old, @new);

        Assert.Equal(
            @new.Select(entry => entry.Path).Intersect(changes.Select(change => change.Path)),
            changes.Where(change => change.New is not null).Select(change => change.Path));
        Assert.Equal(
            old.Select(entry => entry.Path).Except(@new.Select(entry => entry.Path)),
            changes.Where(change => change.New is null).Select(change => change.Path));
    });

    [Fact]
    public void Entries_OfAMap_MatchWhatFormatPrints()
    {
        var map = MapFiles.Accept(Before);
        var shown = MapText.Format(map);

        var entries = MapText.Entries(map);

        Assert.Contains(new MapEntry("daemon.drain", "\"30s\""), entries);
        Assert.Contains(new MapEntry("ports.\"127.0.0.1:8080/tcp\".backlog", "5"), entries);
        Assert.Contains(new MapEntry("services.web.umask", "\"022\""), entries);
        Assert.Contains(new MapEntry("services.web.cwd", "\"/\"") { IsImplied = true }, entries);
        Assert.Equal(entries.Count, entries.DistinctBy(entry => entry.Path).Count());
        Assert.All(entries, entry =>
            Assert.Contains($"{entry.Path[(entry.Path.LastIndexOf('.') + 1)..]} = {entry.Value}", shown, StringComparison.Ordinal));
        Assert.Equal(Values(entries), Values(MapText.Entries(MapFiles.Accept(shown))));

        static IEnumerable<string> Values(IEnumerable<MapEntry> entries) => entries.Select(entry => $"{entry}");
    }

    [Fact]
    public void Between_ANewService_TellsItsTableFromItsDefaults()
    {
        var changes = Diff("[ports]\n7 = \"echo\"\n", """
            [defaults]
            umask = "027"
            [ports]
            7 = "echo"
            9 = { service = "cat", nodelay = true, keepalive = true }
            [services.cat]
            exec = ["/bin/cat"]
            stderr = "log"
            """);

        Assert.Equal(
            [
                "+ ports.\"9/tcp\".service = \"cat\"", "+ ports.\"9/tcp\".nodelay = true", "+ ports.\"9/tcp\".keepalive = true",
                "+ services.cat.exec = [\"/bin/cat\"]", "+ services.cat.stderr = \"log\"",
            ],
            changes.Where(change => !change.IsImplied).Select(change => $"{change}"));
        Assert.Contains("+ services.cat.umask = \"027\"", changes.Select(change => $"{change}"));
    }

    private static IReadOnlyList<MapChange> Diff(string old, string @new) =>
        MapDiff.Between(MapText.Entries(MapFiles.Accept(old)), MapText.Entries(MapFiles.Accept(@new)));
}
