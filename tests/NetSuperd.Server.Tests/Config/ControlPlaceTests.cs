using NetSuperd.Linux;
using NetSuperd.Server.Config.Loading;

namespace NetSuperd.Server.Tests.Config;

/// <summary>The key <c>daemon.control</c> on a system where operators reach the daemon at a name that is no file.</summary>
public sealed class ControlPlaceTests : IDisposable
{
    private const string Reason = "a name begins with pipe:";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Accepts_ANameWithoutAFolder() =>
        Assert.Empty(Load("/no/such/folder/pipe:one"));

    [Fact]
    public void Rejects_AnotherName_AtItsPlace() =>
        Assert.Equal([$"map.toml:2:11: error: {Reason}"], Load("/no/such/folder/one"));

    public void Dispose() => _folder.Dispose();

    private string[] Load(string control)
    {
        var map = $"[daemon]\ncontrol = \"{control}\"\n[ports]\n7 = \"echo\"\n";
        var request = MapFiles.Request(_folder.Write("map.toml", map)) with
        {
            Host = new LinuxHost
            {
                HasControlFile = false,
                ControlComplaint = path => Path.GetFileName(path).StartsWith("pipe:", StringComparison.Ordinal) ? null : Reason,
            },
        };
        var loaded = MapLoader.Load(request, MapFiles.Plain);
        return [.. MapFiles.Render(loaded, _folder.Path).Split('\n').Where(line => line.Contains(": error: ", StringComparison.Ordinal))];
    }
}
