using System.Runtime.InteropServices;
using System.Text;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Listen;

/// <summary>Processes with a socket that are no children of this one: the predecessor's children, and those that it still starts.</summary>
internal sealed class OtherProcesses : IOtherProcesses
{
    private const int MostKills = 20;
    private const int MostTextBytes = 512;
    private static readonly TimeSpan KillAgain = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private IReadOnlyList<SafeHandle> _ends;
    private readonly EndRequest _asked = new();
    private Task? _ending;
    private volatile bool _isHandedOver;

    /// <param name="ends">
    /// Descriptors that each become readable when one of the processes has ended; they belong to this object from now on.
    /// </param>
    /// <param name="told">What the predecessor has told of the child; null where that is nothing.</param>
    /// <param name="loop">Watches them.</param>
    /// <param name="time">The clock.</param>
    public OtherProcesses(IReadOnlyList<SafeHandle> ends, ToldChild? told, EventLoop loop, TimeProvider time)
    {
        (_ends, Definition, _time) = (ends, told?.Definition, time);
        StopSignal = told?.StopSignal ?? SignalName.SIGTERM;
        Ended = WhenEndedAsync(loop);
    }

    /// <inheritdoc/>
    public string? Definition { get; }

    /// <inheritdoc/>
    public int StopSignal { get; }

    /// <inheritdoc/>
    public Task Ended { get; }

    /// <inheritdoc/>
    public bool IsEnding => _asked.IsMade;

    /// <inheritdoc/>
    public IEnumerable<IOtherProcesses> Others => [this];

    /// <inheritdoc/>
    /// <exception cref="CallException">No descriptor is left.</exception>
    public IReadOnlySet<int> Leaders => Processes().Select(process => process.Pid).OfType<int>().ToHashSet();

    /// <inheritdoc/>
    public Task Asked => Task.WhenAny(_asked.Delivered, Ended);

    /// <summary>The first of the processes that runs; null: none does, or no descriptor is left to look with.</summary>
    public int? Pid
    {
        get
        {
            try
            {
                return Processes().Select(process => process.Pid).FirstOrDefault(pid => pid is not null);
            }
            catch (CallException)
            {
                return null;
            }
        }
    }

    /// <summary>Signals the processes alone, and not their sessions.</summary>
    /// <param name="signal">The signal.</param>
    /// <param name="reached">The processes that have it already; receives those that get it now.</param>
    /// <exception cref="CallException">No descriptor is left.</exception>
    public void Signal(int signal, ISet<int> reached)
    {
        foreach (var process in Processes())
        {
            if (process.Pid is { } pid && !reached.Contains(pid) && process.Signal(signal))
            {
                reached.Add(pid);
            }
        }
    }

    /// <summary>
    /// What the predecessor has told of the end, in one of the pipes; null: nothing. Only the process that the sockets belong to reads it,
    /// since it is there once.
    /// </summary>
    public string? Told { get; private set; }

    /// <summary>The restart has failed, so this process reads what the predecessor tells.</summary>
    public void CancelHandover() => _isHandedOver = false;

    /// <summary>Copies of the descriptors, for a successor that takes over the socket.</summary>
    /// <exception cref="CallException">No descriptor is left.</exception>
    public IReadOnlyList<SafeHandle> Copies()
    {
        _isHandedOver = true;
        return Duplicates();
    }

    private IReadOnlyList<SafeHandle> Duplicates()
    {
        lock (_lock)
        {
            return [.. _ends.Select(Descriptor.Duplicate)];
        }
    }

    /// <inheritdoc/>
    public void End(TimeSpan drain)
    {
        _asked.Make(drain);
        _ending ??= EndAsync();
    }

    private async Task EndAsync()
    {
        var began = _time.GetTimestamp();
        Signal(StopSignal);
        _ = _asked.Deliver();
        while (!Ended.IsCompleted && _time.GetElapsedTime(began) < _asked.Drain)
        {
            await Task.WhenAny(Ended, Task.Delay(KillAgain, _time)).ConfigureAwait(false);
        }

        for (var killed = 0; killed < MostKills && !Ended.IsCompleted; killed++)
        {
            Signal(SignalName.SIGKILL);
            await Task.WhenAny(Ended, Task.Delay(KillAgain, _time)).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Signals the session that each of the processes leads.
    /// </summary>
    private void Signal(int signal)
    {
        try
        {
            foreach (var process in Processes())
            {
                if (process.Pid is { } leader)
                {
                    ProcessSession.Signal(new HashSet<int> { leader }, new HashSet<int>(), signal);
                }
            }
        }
        catch (Exception none) when (none is CallException or IOException)
        {
            // No descriptor is left for this signal; the next one is sent all the same.
        }
    }

    /// <summary>
    /// Handles of the processes, each of which is disposed of after its turn; a descriptor that is no process, such as the pipe for a child
    /// that may still be started, is left out.
    /// </summary>
    private IEnumerable<ProcessHandle> Processes()
    {
        foreach (var copy in Duplicates())
        {
            if (ProcessHandle.From(copy) is not { } process)
            {
                copy.Dispose();
                continue;
            }

            using (process)
            {
                yield return process;
            }
        }
    }

    private static string? TextOf(SafeHandle end)
    {
        try
        {
            var buffer = new byte[MostTextBytes];
            return Pipe.Read(end, buffer) is > 0 and var length ? Encoding.UTF8.GetString(buffer, 0, length) : null;
        }
        catch (CallException)
        {
            // The descriptor of a process cannot be read.
            return null;
        }
    }

    private async Task WhenEndedAsync(EventLoop loop)
    {
        foreach (var end in _ends)
        {
            await Readable.WhenAsync(loop, [end], CancellationToken.None).ConfigureAwait(false);
        }

        lock (_lock)
        {
            Told = _isHandedOver ? null : _ends.Select(TextOf).FirstOrDefault(text => text is not null);
            foreach (var end in _ends)
            {
                end.Dispose();
            }

            _ends = [];
        }
    }
}
