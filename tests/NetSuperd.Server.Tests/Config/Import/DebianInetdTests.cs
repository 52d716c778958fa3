using NetSuperd.Server.Config.Import;

namespace NetSuperd.Server.Tests.Config.Import;

/// <summary>An entry that names neither IPv4 nor IPv6 means what it meant to the inetd of this system.</summary>
public sealed class DebianInetdTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Package: openbsd-inetd\nStatus: install ok installed\nVersion: 0.20221205-2~deb12u1\n\n")]
    [InlineData("Package: bash\nVersion: 5\n\nPackage: openbsd-inetd\nStatus: deinstall ok config-files\nConfig-Version: 0.20230101-1\n\n")]
    public void Run_EntryWithoutAFamily_WhereInetdListensOnBoth_HasEveryAddress(string packages) =>
        Assert.Contains("\n4711 = \"cat\"\n\"4711/udp\" = \"cat-udp\"\n", Import(packages), StringComparison.Ordinal);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Package: openbsd-inetd\nStatus: install ok installed\nVersion: 0.20160825-5\n\nPackage: x\nVersion: 0.20221205-1\n\n")]
    [InlineData("Package: inetutils-inetd\nVersion: 2:2.4-2+deb12u3\n\n")]
    public void Run_EntryWithoutAFamily_Elsewhere_IsOfIPv4(string? packages) =>
        Assert.Contains("\n\"0.0.0.0:4711\" = \"cat\"\n", Import(packages), StringComparison.Ordinal);

    private string Import(string? packages)
    {
        var status = packages is null ? null : _folder.Write("status", packages);
        var file = _folder.Write("inetd.conf", "4711 stream tcp nowait nobody /bin/cat cat\n4711 dgram udp wait nobody /bin/cat cat\n");
        var surroundings = MapFiles.Root with { Packages = status };
        return MapImport.Run(
            MapFiles.Request(null) with { ToRun = false }, [new ForeignPath(ForeignFormat.Inetd, file)], surroundings).Text;
    }
}
