using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Config.Import;

/// <summary>The program of an imported service: its path, its arguments, and the wrapper in front of it.</summary>
internal static class ForeignProgram
{
    // tcpd(8) looks here for a program without a path (REAL_DAEMON_DIR), as Debian builds it.
    private const string WrappedFolder = "/usr/sbin";

    private static readonly string[] Folders =
        ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/libexec", "/usr/lib", "/usr/lib/inetd"];

    /// <summary>Sets the program of a service that the other program executes with execv(3).</summary>
    /// <param name="map">Receives the findings.</param>
    /// <param name="service">The service.</param>
    /// <param name="program">The program.</param>
    /// <param name="argv">The arguments that it gets, its name first.</param>
    /// <returns>Where the system has a program that is named without a path, so that the other program did not start it.</returns>
    public static Word? Set(ImportedMap map, ImportedService service, Word program, IReadOnlyList<Word> argv)
    {
        var isBare = !program.Text.Contains('/', StringComparison.Ordinal);
        if (Path.GetFileName(program.Text) == "tcpd" && argv is [var daemon, ..])
        {
            service.NamesTcpd = true;
            service.Wrapped = daemon with { Text = Path.GetFileName(daemon.Text) };
            program = daemon.Text.StartsWith('/') ? daemon : daemon with { Text = $"{WrappedFolder}/{daemon.Text}" };
        }

        var path = program.Text.StartsWith('/') ? program : Found(program);
        Word[] arguments = [.. argv.Skip(1)];
        if (argv is [var name, ..] && name.Text != path.Text && name.Text != Path.GetFileName(path.Text))
        {
            if (name.Text.StartsWith('-'))
            {
                arguments = [name, .. arguments];
                map.Changed(
                    name.At,
                    $"the name of the program is missing before '{name.Text}', so the program took this argument for its name; "
                    + "it is an argument now");
            }
            else
            {
                service.Set(ServiceKeys.Argv0, name.Text, name.At);
            }
        }

        service.Set(ServiceKeys.Exec, (Word[])[path, .. arguments], program.At);
        return isBare ? path : null;
    }

    /// <summary>The absolute path of a program: the other program works in the root directory (daemon(3)).</summary>
    private static Word Found(Word program)
    {
        // As root, only folders of the system are searched: the working directory is anyone's.
        var text = program.Text;
        var folder = text.Contains('/', StringComparison.Ordinal) ? ""
            : Folders.FirstOrDefault(folder => File.Exists($"{folder}/{text}")) ?? WrappedFolder;
        return program with { Text = $"{folder}/{text}" };
    }
}
