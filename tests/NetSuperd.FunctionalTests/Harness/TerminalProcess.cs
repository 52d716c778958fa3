using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>A program at a terminal of its own, a pseudo terminal (pty(7)), as a person at the keyboard has it.</summary>
internal sealed class TerminalProcess : IAsyncDisposable
{
    private const int O_RDWR = 2, O_NOCTTY = 0x100, TIOCSWINSZ = 0x5414;

    // The processes of other tests, which may start meanwhile, get neither end: the terminal would end with the last of them.
    private const int O_CLOEXEC = 0x80000;

    private readonly SafeFileHandle _master;
    private readonly SafeFileHandle _kept;
    private readonly FileStream _stream;
    private readonly RunningProcess _process;
    private readonly Lock _lock = new();
    private readonly string _name;
    private ScreenModel _screen = new(24, 80);

    private TerminalProcess(SafeFileHandle master, SafeFileHandle kept, string name, RunningProcess process)
    {
        (_master, _kept, _name, _process) = (master, kept, name, process);
        _stream = new FileStream(master, FileAccess.ReadWrite, bufferSize: 0);
        Reading = Task.Run(ReadAsync);
    }

    /// <summary>The process id.</summary>
    public int Pid => _process.Pid;

    private Task Reading { get; }

    /// <summary>Starts a program at a terminal of 24 lines of 80 columns.</summary>
    public static TerminalProcess Start(IReadOnlyDictionary<string, string> environment, params string[] command)
    {
        var master = new SafeFileHandle(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), ownsHandle: true);
        Assert.False(master.IsInvalid);
        var letters = new byte[32];
        Assert.Equal((0, 0, 0), (grantpt(master), unlockpt(master), ptsname_r(master, letters, letters.Length)));
        var name = Encoding.UTF8.GetString(letters).TrimEnd('\0');

        // While a process has it open, the terminal can be read; otherwise it would end with the last one.
        var kept = new SafeFileHandle(open(name, O_RDWR | O_NOCTTY | O_CLOEXEC), ownsHandle: true);
        Assert.Equal(0, ioctl(master, TIOCSWINSZ, [24, 80, 0, 0]));

        // The pid stays the same through each exec: the process leads no group, so that setsid(1) does not fork.
        var process = RunningProcess.Start(
            "sh", ["-c", $"exec setsid --ctty \"$@\" <{name} >{name} 2>&1", "sh", .. command], environment);
        return new TerminalProcess(master, kept, name, process);
    }

    /// <summary>What the terminal shows.</summary>
    public T See<T>(Func<ScreenModel, T> look)
    {
        lock (_lock)
        {
            return look(_screen);
        }
    }

    /// <summary>Waits until the terminal shows a text.</summary>
    /// <returns>All that it shows then.</returns>
    public Task<string> UntilAsync(string text) => UntilAsync(screen => screen.Contains(text, StringComparison.Ordinal), text);

    /// <summary>Waits until the terminal shows what is expected.</summary>
    public Task<string> UntilAsync(Func<string, bool> isExpected, string what) =>
        Deadline.UntilAsync(() => Task.FromResult(See(screen => screen.Text)), isExpected, what);

    /// <summary>Types.</summary>
    public async Task TypeAsync(string keys) => await _stream.WriteAsync(Encoding.UTF8.GetBytes(keys));

    /// <summary>Types, and waits until the terminal shows a text.</summary>
    public async Task<string> TypeAsync(string keys, string text)
    {
        await TypeAsync(keys);
        return await UntilAsync(text);
    }

    /// <summary>Gives the terminal another size.</summary>
    public void Resize(ushort rows, ushort columns)
    {
        lock (_lock)
        {
            _screen = new ScreenModel(rows, columns);
        }

        ushort[] size = [rows, columns, 0, 0];
        Assert.Equal(0, ioctl(_master, TIOCSWINSZ, size));
    }

    /// <summary>The settings of the terminal.</summary>
    public async Task<string> SettingsAsync() => await Command.OutputAsync("stty", "-F", _name, "-a");

    /// <summary>Sends a signal.</summary>
    public void Signal(int signal) => _process.Signal(signal);

    /// <summary>Waits for the end.</summary>
    public Task<int> ExitAsync() => _process.ExitAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _kept.Dispose();
        await Deadline.WithinAsync(Reading, $"the end of terminal {_name}");
        await _stream.DisposeAsync();
        _master.Dispose();
    }

    private async Task ReadAsync()
    {
        var (buffer, decoder) = (new byte[4096], Encoding.UTF8.GetDecoder());
        var letters = new char[4096];
        try
        {
            while (await _stream.ReadAsync(buffer) is > 0 and var count)
            {
                var length = decoder.GetChars(buffer, 0, count, letters, 0);
                lock (_lock)
                {
                    _screen.Take(new string(letters, 0, length));
                }
            }
        }
        catch (Exception end) when (end is IOException or ObjectDisposedException)
        {
            // No process has the terminal any more.
        }
    }

    [DllImport("libc")]
    private static extern int open(string path, int flags);

    [DllImport("libc")]
    private static extern int posix_openpt(int flags);

    [DllImport("libc")]
    private static extern int grantpt(SafeHandle fd);

    [DllImport("libc")]
    private static extern int unlockpt(SafeHandle fd);

    [DllImport("libc")]
    private static extern int ptsname_r(SafeHandle fd, byte[] name, nint length);

    [DllImport("libc")]
    private static extern int ioctl(SafeHandle fd, nint request, ushort[] size);
}
