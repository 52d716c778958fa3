using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Spawn;

/// <summary>
/// What the children of a service get: program, arguments, environment, descriptors. What is not listed here they do not have, and nothing
/// that a peer sent is part of the arguments.
/// </summary>
internal sealed class ChildPlan
{
    private const string SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private readonly ChildProgram _program;
    private readonly string _service;
    private readonly List<string> _arguments;
    private readonly List<string> _environment;

    /// <summary>Makes the plan once, when the map is applied.</summary>
    public ChildPlan(Service service)
    {
        _program = service.Program!;
        _service = service.Name;
        _arguments = [_program.Argv0, .. _program.Arguments];
        _environment = CommonEnvironment(_program);
    }

    /// <summary>The program, as messages name it.</summary>
    public string Path => _program.Path;

    /// <summary>The working directory.</summary>
    public string Directory => _program.Cwd;

    /// <summary>The request for one connection: its socket on 0 and 1, the log on 2.</summary>
    public SpawnRequest For(ConnectionRecord record, Socket socket, SafeHandle log) => new()
    {
        Path = _program.Path,
        Arguments = _arguments,
        Environment = [.. _environment, .. ConnectionEnvironment(record)],
        Descriptors = [socket.SafeHandle, socket.SafeHandle, log],
        Directory = _program.Cwd,
        Umask = _program.Umask,
    };

    /// <summary>A clean environment: nothing of the daemon's own but what the map passes on.</summary>
    private static List<string> CommonEnvironment(ChildProgram program)
    {
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = SearchPath };
        if (NameService.User(ProcessIdentity.EffectiveUserId) is { } user)
        {
            variables["USER"] = user.Name;
            variables["LOGNAME"] = user.Name;
            variables["HOME"] = user.Home;
            variables["SHELL"] = user.Shell;
        }

        foreach (var name in program.PassEnv)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                variables[name] = value;
            }
        }

        foreach (var (name, value) in program.Env)
        {
            variables[name] = value;
        }

        return [.. variables.Select(variable => $"{variable.Key}={variable.Value}")];
    }

    /// <summary>Who is connected to what: the names of UCSPI (http://cr.yp.to/proto/ucspi.txt) and of CGI (RFC 3875).</summary>
    private IEnumerable<string> ConnectionEnvironment(ConnectionRecord record)
    {
        yield return $"NETSUPERD_SERVICE={_service}";
        yield return string.Create(CultureInfo.InvariantCulture, $"NETSUPERD_ID={record.Id}");
        if (record.Local is IPEndPoint local && record.Peer is IPEndPoint peer)
        {
            yield return "PROTO=TCP";
            yield return $"TCPLOCALIP={local.Address}";
            yield return string.Create(CultureInfo.InvariantCulture, $"TCPLOCALPORT={local.Port}");
            yield return $"TCPREMOTEIP={peer.Address}";
            yield return string.Create(CultureInfo.InvariantCulture, $"TCPREMOTEPORT={peer.Port}");
            yield return $"REMOTE_ADDR={peer.Address}";
            yield return string.Create(CultureInfo.InvariantCulture, $"REMOTE_PORT={peer.Port}");
            yield return $"REMOTE_HOST={peer.Address}";
        }
        else
        {
            yield return "PROTO=UNIX";
            if (record.Credentials is { } credentials)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"IPCREMOTEEUID={credentials.Uid}");
                yield return string.Create(CultureInfo.InvariantCulture, $"IPCREMOTEEGID={credentials.Gid}");
                yield return string.Create(CultureInfo.InvariantCulture, $"IPCREMOTEPID={credentials.Pid}");
            }
        }
    }
}
