using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests.Config;

/// <summary>Files of the daemon that would be written over each other, or over the map.</summary>
public sealed class OwnFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public OwnFilesTests()
    {
        _folder.Write("there/more.toml", "[ports]\n9 = \"discard\"\n");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "link"), Path.Combine(_folder.Path, "there"));
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "there/log"), "x");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("there/x", "link/x", "", "5:12: '%/link/x' is the control socket of the daemon; see 'control' in netsuperd.toml(5)")]
    [InlineData("there/c", "there/x", "link/x", "8:8: '%/link/x' is the file of 'pid_file'")]
    [InlineData("there/c", "there/x", "there/log", "8:8: '%/there/log' is the file of 'pid_file'")]
    [InlineData("there/c", "map.toml", "", "5:12: '%/map.toml' is a file of the map")]
    [InlineData("there/c", "link/more.toml", "", "5:12: '%/link/more.toml' is a file of the map")]
    [InlineData("there/c", "there/x", "link/more.toml", "8:8: '%/link/more.toml' is a file of the map")]
    [InlineData(
        "link/port.sock", "there/x", "", "10:1: %/there/port.sock is the control socket of the daemon; see 'control' in netsuperd.toml(5)")]
    [InlineData("there/c", "link/port.sock", "", "10:1: %/there/port.sock is the file of 'pid_file'")]
    public void Rejects_AFileOfTwoKeys_HoweverItIsSpelt(string control, string pidFile, string log, string expected) =>
        Assert.Equal([expected.Replace("%", _folder.Path, StringComparison.Ordinal)], Errors(control, pidFile, log));

    [Fact]
    public void Accepts_FilesOfTheirOwn() => Assert.Empty(Errors("there/c", "there/x", "there/y"));

    private IEnumerable<string> Errors(string control, string pidFile, string log)
    {
        var map = _folder.Write("map.toml", $"""
            include = ["there/*.toml"]

            [daemon]
            control = "{_folder.Path}/{control}"
            pid_file = "{_folder.Path}/{pidFile}"
            [log]
            {(log.Length == 0 ? "" : "target = \"file\"")}
            {(log.Length == 0 ? "" : $"file = \"{_folder.Path}/{log}\"")}
            [ports]
            "{_folder.Path}/there/port.sock" = "echo"
            """);
        return MapFiles.Load(map).Problems.Where(problem => problem.Severity == Severity.Error)
            .Select(problem => $"{problem.At.Line}:{problem.At.Column}: {problem.Message}");
    }
}
