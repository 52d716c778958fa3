using NetSuperd.Server.Config.Import;

namespace NetSuperd.Server.Tests.Config.Import;

public sealed class SystemdImportTests : IDisposable
{
    private const string Program = "[Service]\nExecStart=/bin/cat\nStandardInput=socket\nUser=nobody\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ListenStream=79", "79 = ")]
    [InlineData("ListenStream=79\nBindIPv6Only=ipv6-only", "\"[::]:79\" = ")]
    [InlineData("ListenStream=[::]:79", "79 = ")]
    [InlineData("ListenStream=0.0.0.0:79", "\"0.0.0.0:79\" = ")]
    [InlineData("ListenStream=[fe80::1]:79%eth0", "\"[fe80::1%eth0]:79\" = ")]
    [InlineData("ListenStream=vsock::79", "\"vsock:79\" = ")]
    [InlineData("ListenStream=vsock:3:79", "\"vsock:3:79\" = ")]
    [InlineData("ListenDatagram=79", "\"79/udp\" = ")]
    [InlineData("ListenStream=79\nSocketProtocol=sctp", "\"79/sctp\" = ")]
    [InlineData("ListenStream=@name", "\"@name\" = ")]
    [InlineData("ListenStream=%t/%p.sock", "\"/run/x.sock\" = { service = \"x\", mode = \"0666\" }")]
    [InlineData("ListenSequentialPacket=/run/x", "type = \"seqpacket\"")]
    [InlineData("ListenStream=1\nListenStream=\nListenStream=79", "[ports]\n79 = ")]
    public void Import_Listen_IsASocketOfTheMap(string listen, string expected)
    {
        _folder.Write("x.service", Program);

        Assert.Contains(expected, Import("x.socket", $"[Socket]\n{listen}\n").Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/bin/cat 'a b' \"c\\x41\" \\\n  d", "exec = [\"/bin/cat\", \"a b\", \"cA\", \"d\"]")]
    [InlineData("-@/bin/cat name -u", "exec = [\"/bin/cat\", \"-u\"]\nargv0 = \"name\"")]
    [InlineData(":/bin/cat $A", "exec = [\"/bin/cat\", \"$A\"]")]
    [InlineData("/bin/cat $A ${A} $$A", "exec = [\"/bin/cat\", \"1\", \"2\", \"1 2\", \"$A\"]")]
    [InlineData("+/bin/cat", "user = \"root\"")]
    [InlineData("/bin/cat %i", "enabled = false")]
    public void Import_Command_IsExec(string command, string expected)
    {
        _folder.Write("x@.service", $"[Service]\nEnvironment=\"A=1 2\"\nUser=nobody\nStandardInput=socket\nExecStart={command}\n");

        Assert.Contains(expected, Import("x.socket", "[Socket]\nListenStream=79\nAccept=yes\n").Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ProtectSystem=strict")]
    [InlineData("PrivateTmp=yes")]
    [InlineData("CapabilityBoundingSet=CAP_CHOWN")]
    [InlineData("SystemCallFilter=@system-service")]
    [InlineData("RestrictNamespaces=yes")]
    [InlineData("MemoryMax=1G")]
    [InlineData("RootImage=/srv/image")]
    [InlineData("ExecStartPre=/bin/true")]
    [InlineData("AnythingElse=yes")]
    public void Import_Fence_IsLostByName(string fence)
    {
        _folder.Write("x.service", Program + fence + "\n");

        var result = Import("x.socket", "[Socket]\nListenStream=79\n");

        Assert.Single(result.Findings, finding => finding.Outcome == Outcome.Lost
            && finding.Message.Contains(fence.Split('=')[0], StringComparison.Ordinal) && finding.At.Line == 5);
    }

    [Fact]
    public void Import_Folder_TakesTheSocketUnitsAlone()
    {
        _folder.Write("x.service", Program);
        _folder.Write("x.socket", "[Socket]\nListenStream=79\n");
        _folder.Write("other.timer", "[Timer]\nOnCalendar=daily\n");
        _folder.Write("sockets.target.wants/x.socket", "");

        var result = Import(_folder.Path);

        Assert.Empty(result.Problems);
        Assert.Contains("79 = \"x\"", result.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x.service")]
    [InlineData("x@.service")]
    public void Import_ServiceAlone_FindsItsSocket(string name)
    {
        _folder.Write("x.socket", $"[Socket]\nListenStream=79\nAccept={(name == "x.service" ? "no" : "yes")}\n");

        Assert.Contains("79 = \"x\"", Import(name, Program).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[Unit]\nDescription=x\n")]
    [InlineData("{ \"Socket\": 1 }\n")]
    [InlineData("U2FsdGVkX1+ciphertext\n")]
    public void Import_FileWithoutSection_IsRefused(string text) => Assert.NotEmpty(Import("x.socket", text).Problems);

    [Fact]
    public void Import_LongValuesAndManyLines_EndInTime()
    {
        _folder.Write("x.service", $"{Program}Environment=A={new string('"', 300_001)}\nExecStart=\nExecStart=/bin/cat \\\n"
            + string.Concat(Enumerable.Repeat("%% $A ${ \\\n", 30_000)) + "\n");

        Assert.NotEmpty(Import("x.socket", $"[Socket]\nListenStream=79{new string('0', 300_000)}\nListenStream=79\n").Findings);
    }

    private ImportResult Import(string name, string text) => Import(_folder.Write(name, text));

    private static ImportResult Import(string path) => MapFiles.Import(new ForeignPath(ForeignFormat.Systemd, path));
}
