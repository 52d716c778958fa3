using System.Globalization;
using System.Runtime.InteropServices;
using NetSuperd.Native;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Spawn;

/// <summary>
/// Everything that the children of a service get: program, identity, limits, arguments, environment, descriptors. They have nothing else,
/// and no byte of a peer is part of the arguments.
/// </summary>
internal sealed class ChildPlan
{
    private static readonly LinuxNames Names = new();

    private readonly ChildProgram _program;
    private readonly string _helper;

    /// <summary>Makes the plan once, when the map is applied.</summary>
    /// <param name="service">The service.</param>
    /// <param name="helper">The path of netsuperd-exec, through which every child is started.</param>
    public ChildPlan(Service service, string helper)
    {
        _program = service.Program!;
        _helper = helper;
        Arguments = [.. Options(_program), "--", _program.Path, .. _program.Arguments];
        Environment = _program.Environment;
    }

    /// <summary>The command line of netsuperd-exec without its name: options, program and arguments.</summary>
    public IReadOnlyCollection<string> Arguments { get; }

    /// <summary>The environment of all children of the service, each entry <c>NAME=value</c>.</summary>
    public IReadOnlyCollection<string> Environment { get; }

    /// <summary>The program, as messages name it.</summary>
    public string Path => _program.Path;

    /// <summary>The path of netsuperd-exec.</summary>
    public string Helper => _helper;

    /// <summary>The user of the children: only root can give them another one than its own.</summary>
    public uint UserId => ProcessIdentity.EffectiveUserId == 0 ? _program.User.UserId : ProcessIdentity.EffectiveUserId;

    /// <inheritdoc cref="ChildProgram.IsServer"/>
    public bool IsServer => _program.IsServer;

    /// <inheritdoc cref="ChildProgram.IsWorker"/>
    public bool IsWorker => _program.IsWorker;

    /// <inheritdoc cref="ChildProgram.StopSignal"/>
    public int StopSignal => _program.StopSignal;

    /// <inheritdoc cref="ChildProgram.Linger"/>
    public TimeSpan? Linger => _program.Linger;

    /// <inheritdoc cref="ChildProgram.Notify"/>
    public bool Notifies => _program.Notify;

    /// <inheritdoc cref="ChildProgram.StartTimeout"/>
    public TimeSpan? StartTimeout => _program.StartTimeout;

    /// <inheritdoc cref="ChildProgram.Watchdog"/>
    public TimeSpan? Watchdog => _program.Watchdog;

    /// <inheritdoc cref="ChildProgram.HasNoBounds"/>
    public bool HasNoBounds => _program.HasNoBounds(ProcessIdentity.EffectiveUserId);

    /// <summary>The descriptors of one child: its 0, 1, 2 and so on, and after them the one for the report of a failed step.</summary>
    /// <param name="sockets">What it inherits: one socket, for <c>fds = "listen"</c> as many as there are, for "none" none.</param>
    /// <param name="log">Where standard error goes for <c>stderr = "log"</c>.</param>
    /// <param name="nothing"><c>/dev/null</c>.</param>
    /// <param name="report">Where netsuperd-exec reports a failure.</param>
    public IReadOnlyList<SafeHandle> Descriptors(
        IReadOnlyList<(SafeHandle Socket, string Name)> sockets, SafeHandle? log, SafeHandle nothing, SafeHandle report)
    {
        var first = _program.Fds == ChildFds.None ? nothing : sockets[0].Socket;
        var error = _program.Stderr switch
        {
            ChildStderr.Log => log!,
            ChildStderr.Socket => first,
            _ => nothing,
        };
        return _program.Fds == ChildFds.Listen
            ? [nothing, nothing, error, .. sockets.Select(socket => socket.Socket), report]
            : [first, first, error, report];
    }

    /// <summary>The variables of one child in addition to those of all: texts that each end with a zero.</summary>
    /// <param name="record">Its record.</param>
    /// <param name="sockets">What it inherits.</param>
    /// <param name="notices">The name of the socket on which it tells its state; null: it has none.</param>
    public ChildVariables Variables(
        ConnectionRecord record, IReadOnlyList<(SafeHandle Socket, string Name)> sockets, string? notices = null)
    {
        var variables = new ChildVariables();
        variables.AddService(record);
        if (_program.Fds != ChildFds.None)
        {
            variables.AddProtocol(record);
        }

        if (!_program.HasSockets)
        {
            // A child with a listening or datagram socket learns its clients from that.
            variables.AddClient(record, Names);
            if (record.Tls is { } session)
            {
                AddSession(variables, session);
            }
        }

        if (notices is not null)
        {
            variables.Add("NOTIFY_SOCKET=", notices);
            if (_program.Watchdog is { } watchdog)
            {
                variables.Add("WATCHDOG_USEC=", (long)watchdog.TotalMicroseconds);
            }
        }

        if (_program.Fds == ChildFds.Listen)
        {
            // sd_listen_fds(3); netsuperd-exec sets LISTEN_PID, since it knows the pid.
            variables.Add("LISTEN_FDS=", sockets.Count);
            variables.Add("LISTEN_FDNAMES=", string.Join(':', sockets.Select(socket => socket.Name)));
        }

        return variables;
    }

    /// <summary>
    /// The session with the names of mod_ssl, as s6-tlsd and sslserver have them too. The client has chosen the texts, and a worker has
    /// sent them: they are bounded, and without control characters.
    /// </summary>
    private static void AddSession(ChildVariables variables, TlsSession session)
    {
        Add("SSL_PROTOCOL=", session.Protocol);
        Add("SSL_CIPHER=", session.Cipher);
        Add("SSL_TLS_SNI=", session.ServerName);
        Add("SSL_ALPN=", session.ApplicationProtocol);
        Add("SSL_CLIENT_VERIFY=", session.ClientFingerprint is null ? "NONE" : "SUCCESS");
        Add("SSL_CLIENT_S_DN=", session.ClientSubject);
        Add("SSL_CLIENT_I_DN=", session.ClientIssuer);
        Add("SSL_CLIENT_M_SERIAL=", session.ClientSerial);
        Add("SSL_CLIENT_SHA256=", session.ClientFingerprint);

        void Add(string name, string? value)
        {
            const int MostLetters = 2048;
            if (value is { Length: <= MostLetters } && !value.Any(char.IsControl))
            {
                variables.Add(name, value);
            }
        }
    }

    /// <summary>The options of netsuperd-exec. Only root can change the user; without root the child runs as the daemon's user.</summary>
    private static IEnumerable<string> Options(ChildProgram program)
    {
        if (program.Nice is { } nice)
        {
            yield return Option("nice", nice);
        }

        foreach (var limit in program.Limits.Select(Own))
        {
            yield return $"--limit={limit.Name}={Amount(limit.Soft)}{(limit.Hard is { } hard ? $":{Amount(hard)}" : "")}";
        }

        yield return $"--umask={Convert.ToString(program.Umask, 8)}";
        if (program.Chroot is { } root)
        {
            yield return $"--chroot={root}";
        }

        yield return $"--cwd={program.Cwd}";
        if (ProcessIdentity.EffectiveUserId == 0)
        {
            // In a user namespace without setgroups(2), children of the daemon's own user keep its groups, as they do without root.
            if (ProcessIdentity.MaySetGroups || program.User.UserId != 0 || program.Groups.Choice != GroupsChoice.Init)
            {
                yield return $"--groups={string.Join(',', program.Groups.Ids)}";
            }

            yield return Option("gid", program.Group);
            yield return Option("uid", program.User.UserId);
        }

        if (program.NoNewPrivs)
        {
            yield return "--no-new-privs";
        }

        if (program is { HasRawSocket: true, Forge: false })
        {
            yield return "--no-forging";
        }

        if (program.Argv0 != program.Path)
        {
            yield return $"--argv0={program.Argv0}";
        }

        if (program.Fds == ChildFds.Listen)
        {
            yield return "--listen-pid";
        }
    }

    /// <summary>Children do not get the hard limit of descriptors that the daemon has raised for itself.</summary>
    private static ResourceLimit Own(ResourceLimit limit) => limit is { Name: "nofile", Hard: null } && Native.Descriptors.IsRaised
        ? limit with { Soft = Math.Min(limit.Soft, Native.Descriptors.GivenLimit), Hard = Native.Descriptors.GivenLimit } : limit;

    private static string Option(string name, long value) => string.Create(CultureInfo.InvariantCulture, $"--{name}={value}");

    private static string Amount(ulong limit) =>
        limit == ResourceLimit.Unlimited ? "unlimited" : limit.ToString(CultureInfo.InvariantCulture);
}
