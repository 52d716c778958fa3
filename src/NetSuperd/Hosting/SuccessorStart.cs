using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Control;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server;

namespace NetSuperd.Hosting;

/// <summary>The start of a successor: what it inherits, and how it reports that it serves or why it does not.</summary>
/// <remarks>
/// It gets every listening socket, and a channel on which it reports the outcome of its start. Until it has reported that it serves, this
/// process has not changed.
/// </remarks>
/// <param name="program">Its program.</param>
/// <param name="server">The server.</param>
/// <param name="control">The control sockets, which the successor gets as well.</param>
/// <param name="before">The predecessors of this process, whose descriptors the successor gets as well.</param>
internal sealed class SuccessorStart(SuccessorProgram program, Superserver server, ControlSockets control, Predecessors before)
{
    // Longer than any start takes; a service manager has a limit of its own.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    // If a stop comes during a restart, the daemon waits this long for the successor; then it stops a successor that serves in order, and
    // kills any other.
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(2);

    // How long a successor that has failed may take to remove what it has made.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    // The intermediate process, until it has been reaped.
    private ChildProcess? _process;
    private UnixConnection? _channel;

    /// <summary>Starts the successor, and waits until it serves.</summary>
    /// <param name="stopping">Shortens the wait when the daemon is to stop.</param>
    /// <returns>The successor, null where it does not serve, and the answer to the command that asked for the restart.</returns>
    public async Task<(Successor? Successor, ControlAnswer Outcome)> RunAsync(CancellationToken stopping)
    {
        IReadOnlyList<(SafeHandle Handle, string Name)> sockets = [];
        try
        {
            sockets = await server.SocketsWithChildrenAsync();
            if (SpareDescriptors.Missing is { } missing)
            {
                return (null, Failed(missing));
            }

            using var self = ProcessHandle.Open(Environment.ProcessId)!;
            var (process, lines) = await LaunchAsync(sockets, self);

            // Reserves a descriptor for the moment in which the successor serves; without one, two daemons would serve.
            using var spare = Descriptor.Duplicate(self.End);
            var (answer, wrong) = await ReadReportAsync(process, lines, stopping);
            spare.Dispose();
            return answer is { Status: ExitStatus.Ok, Pid: { } pid } && ProcessHandle.Open(pid) is { } serving
                ? (Accept(pid, serving, lines, answer), ControlAnswer.Of(ExitStatus.Ok, answer.Messages) with { Pid = pid })
                : (null, await GiveUpAsync(process, lines, answer, wrong));
        }
        catch (Exception failure) when (failure is CallException or SocketException or IOException)
        {
            return (null, Failed(failure.Message));
        }
        finally
        {
            Kill();
            _ = _process?.Reap();
            _process?.Dispose();
            _channel?.Dispose();
            foreach (var (handle, _) in sockets)
            {
                handle.Dispose();
            }
        }
    }

    /// <summary>Kills a successor that does not serve yet.</summary>
    public void Kill() => _process?.SignalGroup(SignalName.SIGKILL);

    private static ControlAnswer Failed(string reason) =>
        ControlAnswer.Of(ExitStatus.System, $"netsuperd: cannot start the new process: {reason}");

    private async Task<(ChildProcess Process, ControlLines Channel)> LaunchAsync(
        IReadOnlyList<(SafeHandle Handle, string Name)> sockets, ProcessHandle self)
    {
        var pair = SocketPair.Create();
        var channel = new UnixConnection(pair.Own);
        _channel = channel;
        var lines = new ControlLines(channel);
        using (pair.Other)
        {
            List<(SafeHandle Handle, string Name)> given =
            [
                .. sockets.Select(socket => ((SafeHandle)socket.Handle, socket.Name)),
                (pair.Other, Inherited.ChannelName),
                (self.End, Inherited.ProcessName),
                .. before.Descriptors,
                .. control.Descriptors,
            ];

            using var file = await SendHandoverAsync(server.CreateHandover(), given, lines);
            _process = program.Start(given);
        }

        return (_process, lines);
    }

    private Successor Accept(int pid, ProcessHandle serving, ControlLines requests, ControlAnswer answer)
    {
        using (var between = _process!)
        {
            // The successor becomes a child of the service manager.
            between.Kill();
            _ = between.Reap();
        }

        var successor = new Successor(pid, serving, _channel!, requests, answer.Dropped ?? []);
        (_channel, _process) = (null, null);
        return successor;
    }

    /// <summary>
    /// Writes the handover for the successor: in full to a file in memory, which is one more descriptor, and, for a version that does not
    /// know such a file, as a line on the channel without what does not fit.
    /// </summary>
    /// <returns>The file, to be disposed of when the successor has it.</returns>
    private static async Task<Descriptor> SendHandoverAsync(
        Handover handover, List<(SafeHandle Handle, string Name)> given, ControlLines lines)
    {
        var line = ControlProtocol.Line(handover, HandoverJson.Default.Handover);
        var cut = line.Length < ControlProtocol.MostRequestBytes ? line
            : ControlProtocol.Line(handover with { Paused = [], Live = null, Children = null }, HandoverJson.Default.Handover);
        await lines.WriteAsync(cut, CancellationToken.None);
        var fits = HandoverFile.FitsVariable(given.Select(pair => pair.Name));
        var names = given.Select(pair => pair.Name);
        var file = new HandoverFile(handover, fits ? null : [HandoverFile.DescriptorName, .. names]).Write();

        // The file comes last, since an older version counts the positions of the others; where the names do not fit, an older version
        // could not be started anyway.
        given.Insert(fits ? given.Count : 0, (file, HandoverFile.DescriptorName));
        return file;
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

    private async Task<ControlAnswer> GiveUpAsync(ChildProcess process, ControlLines lines, ControlAnswer? answer, string wrong)
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
        using (process)
        {
            await process.WhenEndedAsync(limit.Token);
            Kill();
            end = process.Reap();
            _process = null;
        }

        var status = answer?.Status is > 0 and var said ? said : end.Status is > 0 and < 128 and var code ? code : ExitStatus.System;
        var how = end.Status is { } exit ? $"ended with status {exit}" : $"was ended by {SignalName.Of(end.Signal ?? 0)}";
        var where = answer is null ? "; its messages are on the standard error of the daemon" : "";
        return ControlAnswer.Of(status, [$"netsuperd: the new process {wrong} and {how}{where}", .. answer?.Messages ?? []]);
    }
}
