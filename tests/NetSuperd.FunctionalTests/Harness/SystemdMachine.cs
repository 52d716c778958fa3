using System.Runtime.InteropServices;

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>
/// The installed systemd as process 1 of namespaces of its own, with what <c>make install</c> makes of the built tree. It is booted once,
/// in half a second, and ends with the tests however these end. <c>fixtures/systemd-machine</c> says what keeps the machine around it as it
/// is.
/// </summary>
public sealed class SystemdMachine : IAsyncLifetime
{
    // Far more than the tests in it take together on a busy machine; it does not live longer whatever becomes of them.
    private const int MostSeconds = 1800;
    private const string Prefix = "/run/netsuperd-installed";
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private RunningProcess? _machine;
    private string? _folder;
    private string? _pid;

    /// <summary>The installed executable, as the machine sees it.</summary>
    public static string Program => Prefix + "/sbin/netsuperd";

    /// <summary>The folder of the installed tree, as the machine sees it.</summary>
    public static string Library => Prefix + "/lib/netsuperd";

    /// <summary>The installed unit, as the machine sees it.</summary>
    public static string Unit => Prefix + "/lib/systemd/system/netsuperd.service";

    /// <summary>A folder that has the same path in the machine and out here.</summary>
    public string Folder => _folder!;

    /// <summary>The path out here of a file of the machine, which may be a socket to connect to.</summary>
    public string PathOf(string file) => $"/proc/{_pid}/root{file}";

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        // Every test asks for it with the reason, and is skipped.
        if (!Environment.IsPrivilegedProcess)
        {
            return;
        }

        _folder = Directory.CreateTempSubdirectory("netsuperd-systemd-").FullName;
        await InstallAsync();
        _machine = RunningProcess.Start(Path.Combine(Fixtures.Folder, "systemd-machine"), [_folder, $"{MostSeconds}"]);
        await Deadline.UntilAsync(() => _machine.HasExited
            ? throw new InvalidOperationException($"systemd did not boot:\n{_machine.Errors.Tail}")
            : File.Exists(Path.Combine(_folder, "up")), "a booted systemd");
        _pid = (await File.ReadAllTextAsync(Path.Combine(_folder, "pid"))).Trim();
    }

    /// <summary>Runs a program in the machine.</summary>
    public Task<CommandResult> RunAsync(params string[] command) => Command.RunAsync(Long, "nsenter", Enter(command));

    /// <summary>Runs a program in the machine that has to succeed, and returns its output without the line end.</summary>
    public async Task<string> OutputAsync(params string[] command)
    {
        var result = await RunAsync(command);
        Assert.True(result.Status == 0, $"{string.Join(' ', command)}: status {result.Status}: {result.Errors}");
        return result.Output.TrimEnd('\n');
    }

    /// <summary>What a server of the machine says to a client that says nothing.</summary>
    public Task<string> HearAsync(int port) => OutputAsync("socat", "-u", $"TCP4:127.0.0.1:{port}", "-");

    /// <summary>Starts a program in the machine that ends when its standard input does.</summary>
    public RunningProcess Start(params string[] command) => RunningProcess.Start("nsenter", Enter(command));

    /// <summary>
    /// The sockets on which the machine listens on TCP, each as address and port in the hexadecimal of proc(5) and its inode.
    /// </summary>
    public ILookup<string, string> Listeners() => File.ReadLines($"/proc/{_pid}/net/tcp").Skip(1)
        .Concat(File.ReadLines($"/proc/{_pid}/net/tcp6").Skip(1))
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Where(fields => fields[3] == "0A")
        .ToLookup(fields => fields[1], fields => fields[9]);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_machine is not null)
        {
            _machine.Input.Close();
            Assert.True(await _machine.ExitAsync() == 0, $"the machine left something behind:\n{_machine.Errors.Tail}");
            await _machine.DisposeAsync();
        }

        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private string[] Enter(string[] command) =>
        ["--target", _pid!, "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--wd=/", .. command];

    private async Task InstallAsync()
    {
        var made = await Command.RunAsync(Long, "make",
            ["-C", BuiltTree.Repository, "-o", "build", "-o", "build-needs", "install", $"DESTDIR={Folder}", $"PREFIX={Prefix}"]);
        Assert.True(made.Status == 0, made.Errors);
        // Where NETSUPERD_OUT names another tree.
        await Command.OutputAsync("cp", "-a", "--remove-destination", BuiltTree.Folder + "/.", Folder + Library);
        await File.WriteAllTextAsync(
            Path.Combine(Folder, "dotnet"), Path.GetFullPath("../../..", RuntimeEnvironment.GetRuntimeDirectory()));

        using var scratch = new Scratch();
        File.Copy(await CFixture.CompileAsync("steady-clients", scratch), Path.Combine(Folder, "steady-clients"));
    }
}
