using System.Net.Sockets;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Programs;
using NetSuperd.Server.Listen;

namespace NetSuperd.Platform.Tests;

/// <summary>
/// A system that has what .NET has everywhere and nothing else: no children, no unix sockets, no users. It shows what a new system has to
/// bring, and that the engine needs no more.
/// </summary>
internal sealed class PlainHost : Host, IPrograms
{
    public PlainHost() => Absent = new Dictionary<string, string>
    {
        ["services.exec"] = "this system starts no children",
        ["sockets.unix"] = "this system has no unix sockets",
    };

    public override IFiles Files { get; } = new PlainFiles();

    public override INames Names { get; } = new PlainNames();

    public override IOwnProcess Process { get; } = new PlainProcess();

    public override IPrograms Programs => this;

    public ChildFds Fds => ChildFds.Stdio;

    public string Cwd => "/";

    internal override ISockets Sockets { get; } = new PlainSockets();

    public override Errno? AbsenceOf(AddressFamily family, SocketType type, ProtocolType protocol) =>
        family is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 && protocol is ProtocolType.Tcp or ProtocolType.Udp
            ? null
            : Errno.EAFNOSUPPORT;

    public string? Obstacle(string program, string? chroot) => null;

    public ProgramJudgement Judge(ChildProgram program, bool isOwn) => new(null, null, []);

    public string? InterpreterOf(string file) => null;

    internal override IProcesses CreateProcesses(EngineParts parts) => NoProcesses.Instance;
}
