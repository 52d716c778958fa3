using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Tcpserver;

/// <summary>Translates run scripts and command lines of tcpserver(1) and its kind, with their rules.</summary>
internal sealed class TcpserverTranslator(Importing importing)
{
    private static readonly string[] Folders =
        ["/usr/local/bin", "/usr/local/sbin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/command", "/var/qmail/bin"];

    // They prepare or log, and take no part in the service.
    private static readonly string[] Aside =
    [
        "if", "[", "[[", "test", "then", "else", "elif", "fi", "for", "while", "until", "case", "do", "done", "esac", "echo",
        "printf", "exit", "set", "unset", "sleep", "trap", "true", ":", "export", "splogger", "logger", "multilog", "cyclog",
        "tai64n", "s6-log", "svlogd", "wait",
    ];

    private readonly List<SourceText> _rules = [];
    private readonly HashSet<SourceText> _used = [];

    /// <summary>A command in the place of a path; null: it is a path.</summary>
    public static SourceText? CommandLine(ForeignFormat? format, string text) =>
        format is null or ForeignFormat.Tcpserver && text.Contains(' ', StringComparison.Ordinal) && !Path.Exists(text)
        && text.Split(' ').Any(word => TcpserverKind.Of(word) is not null)
            ? new SourceText("command line", text)
            : null;

    /// <summary>Translates a script, or takes the source of rules.</summary>
    public void Translate(SourceText source)
    {
        var reader = new ShellReader(importing, source);
        var commands = reader.Read();
        if (!commands.Any(command => command.Words.Any(word => TcpserverKind.Of(word.Text) is not null)))
        {
            TakeRules(source);
            return;
        }

        ShellWord? mask = null;
        foreach (var command in commands)
        {
            var words = command.Words;
            var at = words.ToList().FindIndex(word => TcpserverKind.Of(word.Text) is not null);
            var name = Path.GetFileName(words[0].Text);
            if (at >= 0 && !Aside.Contains(name))
            {
                reader.Variables.Moved = command.Folder;
                Translate(reader.Variables, command, at, mask);
            }
            else if (name == "umask" && words is [_, { Missing: null } bits])
            {
                mask = bits;
            }
            else if (!Aside.Contains(name))
            {
                importing.Map.Lost(
                    words[0].Word.At,
                    name == "ulimit" ? "the limits of ulimit are not set: see limits in netsuperd.toml(5)"
                        : $"'{name}' of the script is not executed before the service: do it once, or in a script that starts the program");
            }
        }
    }

    /// <summary>Says which rules no script has used.</summary>
    public void Finish()
    {
        foreach (var source in _rules.Where(source => !_used.Contains(source)))
        {
            importing.Map.Lost(
                new Position(source, 1, 1), "no script of the import has these rules as -x, so they are left out: import the script too");
        }
    }

    private void TakeRules(SourceText source)
    {
        if (source.Text.Contains(":allow", StringComparison.Ordinal) || source.Text.Contains(":deny", StringComparison.Ordinal))
        {
            _rules.Add(source);
            return;
        }

        importing.Problems.Error(
            new Position(source), "no command here starts tcpserver, sslserver, tcpsvd, sslsvd or udpsvd, and these are no rules of "
                + "tcprules(1)");
    }

    private void Translate(ShellVariables variables, ShellCommand script, int at, ShellWord? mask)
    {
        var command = script.Words;
        var kind = TcpserverKind.Of(command[at].Text)!;
        var service = new ImportedService("service", command[at].Word.At);
        var chain = new TcpserverChain(importing, variables, service);
        SetSurroundings(service, script, mask);
        if (chain.Take([.. command.Take(at)]) is [{ } odd, ..])
        {
            Fence(service, odd, kind.Name);
        }

        var options = new TcpserverOptions(importing, kind, variables, chain, service);
        var rest = TcpserverChain.Options(OwnWords(command, at), kind.WithValue, options.Take);
        if (rest is not [var host, var port, var first, ..])
        {
            importing.Map.Lost(
                command[at].Word.At, $"{kind.Name} needs a host, a port and a program, and has not all of them here, so it did not start");
            return;
        }

        var program = chain.Take([.. rest.Skip(2)]);
        if (!SetProgram(service, variables, chain, program.Count > 0 ? program : [first])
            || !AddSocket(service, kind, chain, options, host, port))
        {
            return;
        }

        service.Name = ImportedService.NameFor(NameOf(service.At.Source, port, program.Count > 0 ? program[0] : first));
        options.Finish(command[at]);
        if (options.SetRules() is { } rules)
        {
            _used.Add(rules);
        }

        if (kind.MostConnections is null)
        {
            service.Set(ServiceKeys.Wait, true, service.At);
        }

        if (chain.IsIncomplete)
        {
            service.Disable(service.At);
        }

        if (script.Doubt is { } doubt)
        {
            importing.Map.Lost(service.At, $"'{service.Name}' is disabled: {doubt}; remove enabled = false if it is to be served");
            service.Disable(service.At);
            service.Remarks.Add(doubt);
        }

        importing.Map.Add(service);
        ForeignHabits.Say(importing.Map, service, hadStderr: false);
    }

    private void SetSurroundings(ImportedService service, ShellCommand script, ShellWord? mask)
    {
        if (mask is not null)
        {
            service.Set(ServiceKeys.Umask, mask.Text.Length > 3 ? mask.Text[^3..] : mask.Text.PadLeft(3, '0'), mask.Word.At);
        }

        if (script.Folder is { } folder)
        {
            service.Set(ServiceKeys.Cwd, folder, service.At);
        }
        else
        {
            importing.Map.ChangedOnce(service.At, "programs start in / and not in the folder of the script: cwd names another folder");
        }
    }

    // start-stop-daemon(8) has options of its own between the program and --.
    private static IReadOnlyList<ShellWord> OwnWords(IReadOnlyList<ShellWord> command, int at)
    {
        var own = command.Take(at).Any(word => Path.GetFileName(word.Text) == "start-stop-daemon")
            ? command.ToList().FindIndex(at, word => word.Text == "--")
            : at;
        return own < 0 ? [command[at]] : [command[at], .. command.Skip(own + 1)];
    }

    private bool SetProgram(
        ImportedService service, ShellVariables variables, TcpserverChain chain, IReadOnlyList<ShellWord> command)
    {
        if (command[0].Text.All(char.IsAsciiDigit))
        {
            importing.Map.Lost(
                command[0].Word.At,
                $"'{command[0].Text}' stands where the program is expected: there is one word too many before it, such as a user "
                + "without -u");
            return false;
        }

        if (Path.GetFileName(command[0].Text) == "argv0" && command.Count > 2)
        {
            service.Set(ServiceKeys.Argv0, command[2].Text, command[2].Word.At);
            command = [command[1], .. command.Skip(3)];
        }

        foreach (var word in command)
        {
            chain.IsMissing(word, "exec");
        }

        service.Set(
            ServiceKeys.Exec,
            (Word[])[command[0].Word with { Text = Absolute(variables, command[0].Text) }, .. command.Skip(1).Select(word => word.Word)],
            command[0].Word.At);
        return true;
    }

    private static string Absolute(ShellVariables variables, string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
        {
            return variables.PathOf(program);
        }

        var folders = (variables.Value("PATH") ?? "").Split(':').Where(folder => folder.StartsWith('/')).Concat(Folders).ToList();
        return $"{folders.Find(folder => File.Exists($"{folder}/{program}")) ?? folders[0]}/{program}";
    }

    private bool AddSocket(
        ImportedService service, TcpserverKind kind, TcpserverChain chain, TcpserverOptions options, ShellWord host, ShellWord port)
    {
        // A service without a socket has its table, for the administrator to complete.
        if (chain.IsMissing(host, "the address in [ports]") | chain.IsMissing(port, "the port in [ports]"))
        {
            return true;
        }

        if (ForeignAddress.Port(port.Text, kind.Transport.Word, importing.Names) is not { } number)
        {
            importing.Map.Lost(port.Word.At, $"'{port.Text}' is no port and no name in services(5), so {kind.Name} did not start: "
                + "correct it");
            return false;
        }

        IReadOnlyList<IPAddress>? addresses = host.Text is "0" or "" or "::" or "0.0.0.0" ? []
            : ForeignAddress.Read(host.Word with { Text = host.Text }, importing);
        if (!options.IsIPv6 && !host.Text.Contains(':', StringComparison.Ordinal))
        {
            addresses = [.. addresses.Where(address => address.AddressFamily == AddressFamily.InterNetwork)];
        }

        if (addresses.Count == 0 && host.Text is not ("0" or "" or "::" or "0.0.0.0"))
        {
            importing.Map.Lost(
                host.Word.At,
                host.Text.All(char.IsAsciiDigit)
                    ? $"'{host.Text}' stands where the host is expected: there is one word too many before it, such as a user without -u"
                    : $"'{host.Text}' is no address and no name in /etc/hosts: write the address that the service listens on");
            return false;
        }

        AddressFamily[] families = addresses.Count > 0 ? [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6]
            : [options.IsIPv6 || host.Text == "::" ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork];
        service.Sockets.AddRange(ForeignAddress.Sockets(kind.Transport, (number, port.Word), addresses, families));
        foreach (var socket in service.Sockets)
        {
            SetOptions(socket, chain, options);
        }

        return true;
    }

    private static void SetOptions(ImportedSocket socket, TcpserverChain chain, TcpserverOptions options)
    {
        if (options.NoDelay)
        {
            socket.Set(PortKeys.NoDelay, true, socket.At);
        }

        if (options.Backlog is { } backlog && !chain.IsMissing(backlog, PortKeys.Backlog.Name)
            && int.TryParse(backlog.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most > 0)
        {
            socket.Set(PortKeys.Backlog, most, backlog.Word.At);
        }
    }

    private static string NameOf(SourceText source, ShellWord port, ShellWord program)
    {
        var folder = Path.GetFileName(source.Name) == "run" ? Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(source.Name))) : null;
        return folder is { Length: > 0 } ? folder
            : port.Missing is null && port.Text.Any(char.IsAsciiLetter) ? port.Text
            : Path.GetFileName(program.Text);
    }

    /// <summary>A program in front that is not known may have taken rights away.</summary>
    private void Fence(ImportedService service, ShellWord odd, string server)
    {
        importing.Map.Lost(odd.Word.At, $"'{odd.Text}' in front of {server} is left out: what it sets up is missing");
        service.Disable(odd.Word.At);
        service.Remarks.Add($"'{odd.Text}' in front of {server} may have taken rights away: write what it did");
    }
}
