using System.Collections;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Control;
using NetSuperd.Native;
using NetSuperd.Server;

namespace NetSuperd.Hosting;

/// <summary>The process that takes over from this one: the program that is now at the same path, started with the same arguments.</summary>
/// <remarks>
/// It gets every listening socket as a service manager would pass them (sd_listen_fds(3)), and a channel on which it reports the outcome of
/// its start. Until it has reported that it serves, this process has not changed. It is started by an intermediate process, which ends with
/// the same status: killing that one makes the successor a child of the service manager, which would not wait for the end of a grandchild.
/// </remarks>
internal sealed class Successor : IDisposable
{
    // Longer than any start takes; a service manager has a limit of its own.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    // If a stop comes during a restart, the daemon waits this long for the successor; then it stops a successor that serves in order, and
    // kills any other.
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(2);

    // How long a successor that has failed may take to remove what it has made.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly ProcessHandle _process;
    private int _isStopped;

    private Successor(int pid, ProcessHandle process, IReadOnlyList<string> dropped) => (Pid, _process, Dropped) = (pid, process, dropped);

    /// <summary>The process.</summary>
    public int Pid { get; }

    /// <summary>The sockets that it did not take.</summary>
    public IReadOnlyList<string> Dropped { get; }

    /// <summary>Starts a successor, and waits until it serves.</summary>
    /// <param name="program">The path of the daemon's program.</param>
    /// <param name="arguments">Its arguments, its own name first.</param>
    /// <param name="server">The server.</param>
    /// <param name="control">The control socket, which the successor gets as well.</param>
    /// <param name="before">The predecessors of this process, whose descriptors the successor gets as well.</param>
    /// <param name="manager">The service manager.</param>
    /// <param name="starting">Called with the intermediate process as soon as it has been started.</param>
    /// <param name="serve">Answers the successor's requests, as long as this process lives.</param>
    /// <param name="stopping">Shortens the wait when the daemon is to stop.</param>
    /// <returns>The successor, null where it does not serve, and the answer to the command that asked for the restart.</returns>
    public static async Task<(Successor? Successor, ControlAnswer Outcome)> StartAsync(
        string program,
        IReadOnlyList<string> arguments,
        Superserver server,
        ControlServer? control,
        Predecessors before,
        ServiceManager manager,
        Action<ChildProcess> starting,
        Func<ControlLines, Task> serve,
        CancellationToken stopping)
    {
        IReadOnlyList<(Descriptor Handle, string Name)> sockets = [];
        Socket? channel = null;
        ChildProcess? process = null;
        try
        {
            sockets = server.SocketsWithChildren();
            if (SpareDescriptors.Missing is { } missing)
            {
                return (null, Failed(missing));
            }

            using var self = ProcessHandle.Open(Environment.ProcessId)!;
            var pair = SocketPair.Create();
            channel = pair.Own;
            var lines = new ControlLines(channel);
            using (pair.Other)
            {
                List<(SafeHandle Handle, string Name)> given =
                [
                    .. sockets.Select(socket => ((SafeHandle)socket.Handle, socket.Name)),
                    (pair.Other, Inherited.ChannelName),
                    (self.End, Inherited.ProcessName),
                    .. before.Descriptors,
                ];
                if (control is not null)
                {
                    given.Add((control.Listener.SafeHandle, Inherited.ControlName));
                }

                using var file = await SendHandoverAsync(server.CreateHandover(), given, lines);
                process = ChildProcess.Start(Request(program, arguments, given, manager));
                starting(process);
            }

            // Reserves a descriptor for the moment in which the successor serves; without one, two daemons would serve.
            using var spare = Descriptor.Duplicate(self.End);
            var (answer, wrong) = await ReadReportAsync(process, lines, stopping);
            spare.Dispose();
            if (answer is { Status: ExitStatus.Ok, Pid: { } pid } && ProcessHandle.Open(pid) is { } serving)
            {
                process.Kill();
                _ = process.Reap();

                // The task ends with the channel, which the end of either process closes.
                _ = ServeAsync(channel, lines, serve);
                (channel, process) = (null, null);
                var outcome = ControlAnswer.Of(ExitStatus.Ok, answer.Messages) with { Pid = pid };
                return (new Successor(pid, serving, answer.Dropped ?? []), outcome);
            }

            var failed = await GiveUpAsync(process, lines, answer, wrong);
            process = null;
            return (null, failed);
        }
        catch (Exception failure) when (failure is LibcException or SocketException or IOException)
        {
            return (null, Failed(failure.Message));
        }
        finally
        {
            process?.SignalGroup(SignalName.SIGKILL);
            _ = process?.Reap();
            process?.Dispose();
            channel?.Dispose();
            foreach (var (handle, _) in sockets)
            {
                handle.Dispose();
            }
        }
    }

    /// <summary>Makes it reload the map.</summary>
    public void Reload() => _process.Signal(SignalName.SIGHUP);

    /// <summary>Stops it, at once or in order, as often as this is asked for.</summary>
    public void Stop(bool now)
    {
        if (Interlocked.Exchange(ref _isStopped, 1) == 0)
        {
            _process.Signal(SignalName.SIGTERM);
        }

        if (now)
        {
            // A different signal: an equal one would be merged with the first (signal(7)).
            _process.Signal(SignalName.SIGINT);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _process.Dispose();

    private static ControlAnswer Failed(string reason) =>
        ControlAnswer.Of(ExitStatus.System, $"netsuperd: cannot start the new process: {reason}");

    /// <summary>
    /// Writes the handover for the successor: in full to a file in memory, which is one more descriptor, and, for a version that does not
    /// know such a file, as a line on the channel without what does not fit.
    /// </summary>
    /// <returns>The file, to be disposed of when the successor has it.</returns>
    private static async Task<Descriptor> SendHandoverAsync(
        Handover handover, List<(SafeHandle Handle, string Name)> given, ControlLines lines)
    {
        var line = ControlProtocol.Line(handover, ControlJson.Default.Handover);
        var cut = line.Length < ControlProtocol.MostRequestBytes ? line
            : ControlProtocol.Line(handover with { Paused = [], Live = null, Children = null }, ControlJson.Default.Handover);
        await lines.WriteAsync(cut, CancellationToken.None);
        var fits = HandoverFile.FitsVariable(given.Select(pair => pair.Name));
        var names = given.Select(pair => pair.Name);
        var file = new HandoverFile(handover, fits ? null : [HandoverFile.DescriptorName, .. names]).Write();

        // The file comes last, since an older version counts the positions of the others; where the names do not fit, an older version
        // could not be started anyway.
        given.Insert(fits ? given.Count : 0, (file, HandoverFile.DescriptorName));
        return file;
    }

    private static async Task ServeAsync(Socket channel, ControlLines lines, Func<ControlLines, Task> serve)
    {
        using (channel)
        {
            await serve(lines);
        }
    }

    /// <summary>Waits until it reports the outcome of its start.</summary>
    /// <returns>Its report, or what is wrong with it.</returns>
    private static async Task<(ControlAnswer? Answer, string Wrong)> ReadReportAsync(
        ChildProcess process, ControlLines lines, CancellationToken stopping)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var stop = stopping.Register(() => patience.CancelAfter(StopPatience));
        try
        {
            var line = await lines.ReadAsync(ControlProtocol.MostAnswerBytes, patience.Token);
            return (line.Kind == ControlLineKind.Whole ? ControlProtocol.ReadAnswer(line.Bytes.Span).Answer : null, "does not serve");
        }
        catch (OperationCanceledException)
        {
            process.SignalGroup(SignalName.SIGKILL);
            return (
                null,
                stopping.IsCancellationRequested
                    ? "was not waited for because the daemon is stopping,"
                    : $"did not serve within {Patience.TotalSeconds} s");
        }
    }

    private static async Task<ControlAnswer> GiveUpAsync(ChildProcess between, ControlLines lines, ControlAnswer? answer, string wrong)
    {
        // A failed successor closes the channel when it has removed what it had made; its exit status arrives a moment later.
        using var limit = new CancellationTokenSource(Grace);
        try
        {
            _ = await lines.ReadAsync(ControlProtocol.MostAnswerBytes, limit.Token);
        }
        catch (OperationCanceledException)
        {
            // The successor hangs.
        }

        ChildEnd end;
        using (between)
        {
            await between.WhenEndedAsync(limit.Token);
            between.SignalGroup(SignalName.SIGKILL);
            end = between.Reap();
        }

        var status = answer?.Status is > 0 and var said ? said : end.Status is > 0 and < 128 and var code ? code : ExitStatus.System;
        var how = end.Status is { } exit ? $"ended with status {exit}" : $"was ended by {SignalName.Of(end.Signal ?? 0)}";
        var where = answer is null ? "; its messages are on the standard error of the daemon" : "";
        return ControlAnswer.Of(status, [$"netsuperd: the new process {wrong} and {how}{where}", .. answer?.Messages ?? []]);
    }

    private static SpawnRequest Request(
        string program, IReadOnlyList<string> arguments, List<(SafeHandle Handle, string Name)> given, ServiceManager manager)
    {
        var helper = Path.Combine(AppContext.BaseDirectory, "netsuperd-exec");
        var own = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(variable => (string)variable.Key
                is not ("LISTEN_PID" or "LISTEN_FDS" or "LISTEN_FDNAMES" or "NOTIFY_SOCKET" or "WATCHDOG_PID"))
            .Select(variable => $"{variable.Key}={variable.Value}");
        var names = given[0].Name == HandoverFile.DescriptorName ? [given[0].Name] : given.Select(pair => pair.Name);
        return new SpawnRequest
        {
            Path = helper,
            Arguments =
            [
                helper, "--keep-rights", "--detach", "--listen-pid", $"--argv0={arguments[0]}", "--", program, .. arguments.Skip(1),
            ],
            Environment =
            [
                .. own,
                .. manager.Environment,
                string.Create(CultureInfo.InvariantCulture, $"LISTEN_FDS={given.Count}"),
                $"LISTEN_FDNAMES={string.Join(':', names)}",
            ],
            Descriptors =
            [
                .. Enumerable.Range(0, 3).Select(fd => new SafeFileHandle(fd, ownsHandle: false)), .. given.Select(pair => pair.Handle),
            ],
        };
    }
}
