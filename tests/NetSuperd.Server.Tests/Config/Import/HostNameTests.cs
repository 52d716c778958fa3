using NetSuperd.Server.Config.Files;
using NetSuperd.Server.Config.Import;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests.Config.Import;

/// <summary>A service may be bound to a name: those of hosts(5) are known, and the DNS is not asked.</summary>
public sealed class HostNameTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("inetd", "ip6-localhost:4711 stream tcp6 nowait nobody /bin/cat cat\n", "\"[::1]:4711\" = ")]
    [InlineData("inetd", "www:4711 stream tcp nowait nobody /bin/cat cat\n", "\"192.0.2.1:4711\" = \"cat\"\n\"[2001:db8::1]:4711\" = ")]
    [InlineData("inetd", "www:\n4711 stream tcp4 nowait nobody /bin/cat cat\n", "[ports]\n\"192.0.2.1:4711\" = \"cat\"\n\n")]
    [InlineData("xinetd", "service a\n{\ntype = UNLISTED\nport = 4711\nsocket_type = stream\nprotocol = tcp\nwait = no\n"
        + "user = nobody\nserver = /bin/cat\nbind = WWW.example.org\n}\n", "\"192.0.2.1:4711\" = ")]
    [InlineData("tcpserver", "#!/bin/sh\nexec tcpserver www 4711 /bin/cat\n", "[ports]\n\"192.0.2.1:4711\" = \"cat\"\n\n")]
    public void Import_NameOfHosts_IsTheAddressAndAChange(string format, string text, string expected)
    {
        var map = Import(format, text);

        Assert.Contains(expected, ImportedText.Of(map), StringComparison.Ordinal);
        Assert.Contains(map.Findings, finding => finding.Outcome == Outcome.Changed && finding.Message.Contains("in /etc/hosts"));
    }

    [Fact]
    public void Import_OtherName_IsLost()
    {
        var map = Import("inetd", "mail:4711 stream tcp nowait nobody /bin/cat cat\n");

        Assert.Empty(map.Services);
        Assert.Contains(map.Findings, finding => finding.Message.StartsWith("'mail' is no address and no name in /etc/hosts"));
    }

    private ImportedMap Import(string format, string text)
    {
        var hosts = _folder.Write("hosts", """
            127.0.0.1 localhost
            ::1 localhost ip6-localhost # not www
            192.0.2.1	www.example.org www
            2001:db8::1 www
            broken mail
            192.0.2.9

            """);
        var (map, problems) = (new ImportedMap(new HashSet<string>(), new HashSet<string>()), new Problems());
        var files = new ForeignFiles(map, problems, new PathJudge(problems, MapFiles.Request(null)), Hosts.Linux.Files);
        var importing = new Importing(map, files, problems, new NameCache(Hosts.Linux.Names) { HostsFile = hosts }, Packages: null);
        new Importer(importing).Run([new ForeignPath(ForeignFormats.Named(format), _folder.Write("file", text))]);
        Assert.Equal(0, problems.ErrorCount);
        return map;
    }
}
