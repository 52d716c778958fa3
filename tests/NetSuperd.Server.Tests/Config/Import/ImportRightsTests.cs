using NetSuperd.Server.Config.Import;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests.Config.Import;

/// <summary>
/// No import lets in a client or gives a right that the other program did not; and no file ends it with an exception, or holds it up.
/// </summary>
public sealed class ImportRightsTests : IDisposable
{
    private const string Wrapped = "4711 stream tcp nowait nobody /usr/sbin/tcpd /bin/cat\n";
    private const string Off = "enabled = false\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("only_from = 10.1.2.3", "ALL: 10.", "ALL: ALL")]
    [InlineData("no_access = 10.9.9.9", "", "ALL: 192.168.0.9")]
    public void Import_XinetdServiceWithAddresses_AndRulesThatRefuse_IsDisabled(string attribute, string allow, string deny)
    {
        _folder.Write("hosts.allow", allow + "\n");
        _folder.Write("hosts.deny", deny + "\n");

        var text = Import(
            "xinetd.conf",
            "service cat\n{\ntype = UNLISTED\nport = 4711\nsocket_type = stream\nprotocol = tcp\nwait = no\nuser = nobody\n"
            + $"server = /bin/cat\n{attribute}\n}}\n").Text;

        Assert.Contains(Off, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cat: ALL: aclexec /bin/false : allow")]
    [InlineData("cat: 10.0.0.0/8: no-such-option x : allow")]
    public void Import_RuleWithARefusingOption_OpensNothing(string rule)
    {
        _folder.Write("hosts.allow", rule + "\n");
        _folder.Write("hosts.deny", "ALL: ALL\n");

        Assert.Contains("allow = []", Import("inetd.conf", Wrapped).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_OneOfTheTwoHostsFiles_ReadsTheOtherOneToo()
    {
        var allow = _folder.Write("hosts.allow", "cat: 10.\n");
        _folder.Write("hosts.deny", "ALL: ALL\n");

        Assert.Contains("allow = [\"10.0.0.0/8\"]", Import("inetd.conf", Wrapped, allow).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("User=%i")]
    [InlineData("User=nobody\nGroup=%j%i")]
    [InlineData("User=nobody\nRootDirectory=/srv/%i")]
    [InlineData("User=nobody\nRootImage=/srv/image")]
    public void Import_SystemdServiceWithUnknownRights_IsDisabled(string keys)
    {
        _folder.Write("x@.service", $"[Service]\nExecStart=/bin/cat\nStandardInput=socket\n{keys}\n");

        Assert.Contains(Off, Import("x.socket", "[Socket]\nListenStream=79\nAccept=yes\n").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_FiltersOfSocketAndService_HoldBoth()
    {
        _folder.Write(
            "x@.service",
            "[Service]\nExecStart=/bin/cat\nStandardInput=socket\nUser=nobody\nIPAddressAllow=any\nIPAddressDeny=192.0.2.1\n");

        var text = Import(
            "x.socket", "[Socket]\nListenStream=79\nAccept=yes\nIPAddressDeny=any\nIPAddressAllow=10.0.0.0/8\n").Text;

        Assert.Contains("allow = [\"10.0.0.0/8\"]", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_TriggerLimitThatIsNotUnderstood_LeavesTheUsualRate()
    {
        _folder.Write("x@.service", "[Service]\nExecStart=/bin/cat\nStandardInput=socket\nUser=nobody\n");

        var result = Import("x.socket", "[Socket]\nListenStream=79\nAccept=yes\nTriggerLimitIntervalSec=soon\n");

        Assert.Contains("rate = ", result.Text, StringComparison.Ordinal);
        Assert.Contains(result.Findings, finding => finding.Outcome == Outcome.Lost && finding.At.Line == 4);
    }

    [Fact]
    public void Import_ProgramInFrontOfTcpserver_DisablesWhatItMayHaveFenced() => Assert.Contains(
        Off, Import("run", "#!/bin/sh\nexec s6-setuidgid nobody chroot /srv tcpserver 0 2525 /bin/cat\n").Text, StringComparison.Ordinal);

    [Theory]
    [InlineData("exec setuidgid nobody sh -c '\nexec tcpserver -RHl0 0 2525 /bin/cat\n'")]
    [InlineData("exec su -s /bin/sh nobody -c \"\n  exec tcpserver -RHl0 0 2525 /bin/cat\n\"")]
    [InlineData("su nobody -c 'tcpserver -RH 0 2525 /bin/cat'")]
    [InlineData("eval \"su nobody -c 'exec tcpserver 0 2525 /bin/cat'\"")]
    [InlineData("if [ \"`id -u`\" = 0 ]; then exec setuidgid nobody \"$0\"; fi\nexec tcpserver 0 2525 /bin/cat")]
    [InlineData("[ \"$1\" ] || su nobody -c \"$0 again\"\ntcpserver 0 2525 /bin/cat")]
    [InlineData("#!/usr/bin/setuidgid nobody /bin/sh\nexec tcpserver 0 2525 /bin/cat")]
    [InlineData("#!/usr/bin/env -S setuidgid nobody sh\nexec tcpserver 0 2525 /bin/cat")]
    [InlineData("#!/bin/execlineb -P\ns6-setuidgid nobody\ntcpserver 0 2525 /bin/cat")]
    [InlineData("exec chroot /srv ./run\ntcpserver 0 2525 /bin/cat")]
    [InlineData("exec tcpserver 0 2526 /bin/cat\nexec tcpserver 0 2525 /bin/cat")]
    [InlineData("U=root\n. ./settings\nexec tcpserver -u $U 0 2525 /bin/cat")]
    [InlineData("U=root\nread U <user\nexec tcpserver -u $U 0 2525 /bin/cat")]
    [InlineData("exit 0\nexec tcpserver 0 2525 /bin/cat")]
    [InlineData("tcpserver 0 2525 /bin/cat 'never closed")]
    [InlineData("start-stop-daemon --start --chuid nobody --exec /usr/bin/tcpserver -- -u 1 0 2525 /bin/cat")]
    public void Import_TcpserverThatOtherCommandsMayFenceIn_IsDisabled(string script)
    {
        var services = Import("run", script + "\n", format: ForeignFormat.Tcpserver).Text.Split("[services.");

        Assert.Contains("2525", services[0], StringComparison.Ordinal);
        Assert.Contains(Off, services[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("if [ -f x ]; then exec tcpserver 0 2525 /bin/cat; fi")]
    [InlineData("if [ -f x ]; then\n:\nelse\nexec tcpserver 0 2525 /bin/cat\nfi")]
    [InlineData("[ -f x ] && exec tcpserver 0 2525 /bin/cat")]
    [InlineData("[ -f x ] &&\ncd / && exec tcpserver 0 2525 /bin/cat")]
    [InlineData("[ -f x ] && { cd /; exec tcpserver 0 2525 /bin/cat; }")]
    [InlineData("false || tcpserver 0 2525 /bin/cat")]
    [InlineData("case $1 in\nstop|halt) exit 0;;\n(start) tcpserver 0 2525 /bin/cat;;\nesac")]
    [InlineData("case $1 in start) tcpserver 0 2525 /bin/cat; esac")]
    [InlineData("while [ -f x ]; do tcpserver 0 2525 /bin/cat; done")]
    [InlineData("for port in 2525 2526; do tcpserver 0 2525 /bin/cat; done")]
    [InlineData("start() {\n  tcpserver 0 2525 /bin/cat\n}")]
    [InlineData("function start {\n  tcpserver 0 2525 /bin/cat\n}")]
    public void Import_TcpserverUnderACondition_IsDisabled(string script)
    {
        var result = Import("run", script + "\n", format: ForeignFormat.Tcpserver);

        Assert.Contains(Off, result.Text, StringComparison.Ordinal);
        Assert.Contains(result.Findings, finding => finding.Message.Contains("it is started ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("#!/bin/sh -e\nexec 2>&1\nexec tcpserver 0 2525 /bin/cat")]
    [InlineData("#!/usr/bin/env bash\nexec >/dev/null 2>&1\nexec tcpserver 0 2525 /bin/cat")]
    [InlineData("#!/bin/execlineb -P\nfdmove -c 2 1\ntcpserver 0 2525 /bin/cat")]
    [InlineData("cd / && exec tcpserver 0 2525 /bin/cat")]
    [InlineData("if [ ! -d / ]; then\n  echo \"it's not there\"; exit 1\nfi\n# don't\nexec tcpserver 0 2525 /bin/cat")]
    [InlineData("test -x /bin/cat || exit 0\ntcpserver 0 2525 /bin/cat &")]
    [InlineData("while true; do\ntcpserver 0 2525 /bin/cat\nsleep 1\ndone")]
    [InlineData("case a in (b) echo b;; c) echo c; esac\ntcpserver 0 2525 /bin/cat")]
    [InlineData("(cd /tmp; echo x)\nexec tcpserver 0 2525 /bin/cat | multilog t ./main")]
    [InlineData("cat >/dev/null <<EOF\nit's a text\nexec tcpserver\nEOF\nexec tcpserver 0 2525 /bin/cat")]
    [InlineData("exec env -i -u LANG -- A=1 tcpserver 0 2525 /bin/cat")]
    [InlineData("exec tcpserver 0 2525 env -i A=1 /bin/cat")]
    [InlineData("U=root\n. ./settings\nU=nobody\nexec tcpserver -u $U 0 2525 /bin/cat")]
    [InlineData("start-stop-daemon() { :; }\necho \"starting tcpserver of $0\"\ntcpserver 0 2525 /bin/cat")]
    public void Import_TcpserverThatIsStartedInAnyCase_IsServed(string script)
    {
        var text = Import("run", script + "\n", format: ForeignFormat.Tcpserver).Text;

        Assert.Contains("\"0.0.0.0:2525\" = ", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Off, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_TcpserverInAHereDocument_OpensNothing()
    {
        var result = Import("run", "cat <<-'X'\nexec tcpserver 0 2525 /bin/cat\n\tX\n");

        Assert.NotEmpty(result.Problems);
        Assert.DoesNotContain("2525", result.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("internal", "answer = \"hidden\"")]
    [InlineData("internal auth -r -n", "answer = \"user\", noident = true")]
    public void Import_InternalIdent_NamesUsersOnlyIfItDid(string program, string settings) => Assert.Contains(
        settings, Import("inetd.conf", $"auth stream tcp nowait root {program}\n").Text, StringComparison.Ordinal);

    [Theory]
    [InlineData("\"\"\"\"\"\"\n")]
    [InlineData("#\"\" stream tcp nowait root /bin/cat\n")]
    [InlineData("tcpmux/ stream tcp nowait root /bin/cat cat\n")]
    [InlineData(":\n:\n")]
    [InlineData("\"unclosed stream tcp nowait root /bin/cat\n")]
    public void Import_OddLines_EndWithoutAnException(string line)
    {
        var result = Import("inetd.conf", line + "4711 stream tcp nowait nobody /bin/date date\n", format: ForeignFormat.Inetd);

        Assert.Contains("\"0.0.0.0:4711\" = \"date\"", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_EntriesOfOneProgram_ShareTheirLimitsWithALine()
    {
        var shared = Import(
            "inetd.conf", "4711 stream tcp nowait nobody /bin/cat cat\n4712 stream tcp nowait nobody /bin/cat cat\n");
        var oneEach = Import(
            "other.conf", "4711 stream tcp nowait nobody /bin/cat cat\n4711 stream tcp6 nowait nobody /bin/cat cat\n");

        Assert.Single(shared.Findings, finding => finding.Message.Contains("whose limits hold for all of its sockets together"));
        Assert.DoesNotContain(oneEach.Findings, finding => finding.Message.Contains("together"));
    }

    [Fact]
    public void Import_AcceptingUnitWithADatagramSocket_IsLost()
    {
        _folder.Write("x@.service", "[Service]\nExecStart=/bin/cat\nStandardInput=socket\nUser=nobody\n");

        var result = Import("x.socket", "[Socket]\nListenStream=127.0.0.1:79\nListenDatagram=127.0.0.1:79\nAccept=yes\n");

        Assert.Equal(("[ports]\n", false), (result.Text, result.IsServed));
        Assert.Contains("systemd refused the unit", Assert.Single(result.Findings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_RulesForEveryProgram_AreATableForTheMapItself()
    {
        var result = Import("hosts.deny", "ALL: ALL EXCEPT 10.\n");

        Assert.Contains("[defaults]\nallow = [\"10.0.0.0/8\"]\n", result.Defaults, StringComparison.Ordinal);
        Assert.Empty(result.DropIns);
    }

    [Fact]
    public void Import_Fifo_IsRefusedWithoutWaiting()
    {
        var fifo = _folder.Write("fifo", "");
        File.Delete(fifo);
        Attacker.Run("mkfifo", fifo);

        var problem = Assert.Single(Import("inetd.conf", Wrapped, fifo).Problems);

        Assert.Equal(Severity.Error, problem.Severity);
        Assert.Contains("FIFO", problem.Message, StringComparison.Ordinal);
    }

    private ImportResult Import(string name, string text, string? other = null, ForeignFormat? format = null)
    {
        string?[] files = [_folder.Write(name, text), other];
        return MapFiles.Import(files.OfType<string>().Select(file => new ForeignPath(format, file)));
    }
}
