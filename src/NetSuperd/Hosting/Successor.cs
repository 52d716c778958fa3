using System.Collections;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Control;
using NetSuperd.Native;
using NetSuperd.Server;

namespace NetSuperd.Hosting;

/// <summary>The process that takes the place of this one: the program that is now at the same path, with the same arguments.</summary>
/// <remarks>
/// It gets every listening socket as a service manager would pass them (sd_listen_fds(3)), and a channel on which it says that it serves. Until it
/// has said so, nothing of this process has changed. It is started by a process in between, which ends as it does: killing that one makes the
/// new process a child of the service manager, which would not wait for the end of a grandchild.
/// </remarks>
internal static class Successor
{
    // Longer than any start; a service manager has a limit of its own.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>Starts it, and waits until it serves.</summary>
    /// <param name="program">The path of the daemon's program.</param>
    /// <param name="server">The server.</param>
    /// <param name="control">The control socket, which it gets as well.</param>
    /// <param name="manager">The service manager.</param>
    /// <param name="serve">Answers what it asks, as long as this process lives.</param>
    /// <param name="stopping">Gives up.</param>
    public static async Task<RestartOutcome> StartAsync(
        string program, Superserver server, ControlServer? control, ServiceManager manager, Func<ControlLines, Task> serve, CancellationToken stopping)
    {
        var sockets = server.Sockets(withChildren: true);
        try
        {
            var pair = SocketPair.Create();
            var (channel, other) = (pair.Own, pair.Other);
            var lines = new ControlLines(channel);
            ChildProcess process;
            using (other)
            {
                await lines.WriteAsync(ControlProtocol.Line(server.HandOver(), ControlJson.Default.Handover), stopping);
                List<(SafeHandle Handle, string Name)> given = [.. sockets.Select(socket => ((SafeHandle)socket.Handle, socket.Name)), (other, Inherited.ChannelName)];
                if (control is not null)
                {
                    given.Add((control.Listener.SafeHandle, Inherited.ControlName));
                }

                process = ChildProcess.Start(Request(program, given, manager));
            }

            using (process)
            {
                var (pid, wrong) = await ServesAsync(lines, stopping);
                return wrong is null ? Go(process, pid, channel, lines, serve) : await GiveUpAsync(process, channel, wrong);
            }
        }
        catch (Exception failure) when (failure is LibcException or SocketException)
        {
            return new RestartOutcome(ExitStatus.System, [failure.Message], null);
        }
        finally
        {
            foreach (var (handle, _) in sockets)
            {
                handle.Dispose();
            }
        }
    }

    private static RestartOutcome Go(ChildProcess between, int pid, Socket channel, ControlLines lines, Func<ControlLines, Task> serve)
    {
        between.Kill();
        _ = between.Reap();

        // It ends with the channel, which the end of either process closes.
        _ = ServeAsync();
        return new RestartOutcome(ExitStatus.Ok, [], pid);

        async Task ServeAsync()
        {
            using (channel)
            {
                await serve(lines);
            }
        }
    }

    private static async Task<RestartOutcome> GiveUpAsync(ChildProcess between, Socket channel, string wrong)
    {
        channel.Dispose();

        // One that has ended by itself is known by its status, which takes a moment to come through; any other is ended with its group.
        using var limit = new CancellationTokenSource(Grace);
        await between.WhenEndedAsync(limit.Token);
        between.SignalGroup(SignalName.SIGKILL);
        var end = between.Reap();
        var status = end.Status is > 0 and < 128 and var code ? code : ExitStatus.System;
        var how = end.Status is { } exit ? $"ended with status {exit}" : $"was ended by {SignalName.Of(end.Signal ?? 0)}";
        return new RestartOutcome(status, [$"the new process {wrong} and {how}; its messages are on the standard error of the daemon"], null);
    }

    /// <summary>Waits until it says that it serves.</summary>
    /// <returns>Its process id, or why it does not.</returns>
    private static async Task<(int Pid, string? Wrong)> ServesAsync(ControlLines lines, CancellationToken stopping)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(Patience);
        try
        {
            var line = await lines.ReadAsync(ControlProtocol.MostRequestBytes, patience.Token);
            return line.Kind == ControlLineKind.Whole && Predecessor.ReadReady(line.Bytes.Span) is { } pid ? (pid, null) : (0, "does not serve");
        }
        catch (OperationCanceledException)
        {
            return (0, stopping.IsCancellationRequested ? "was not waited for, since the daemon stops" : $"did not serve within {Patience.TotalSeconds} s");
        }
    }

    private static SpawnRequest Request(string program, List<(SafeHandle Handle, string Name)> given, ServiceManager manager)
    {
        var helper = Path.Combine(AppContext.BaseDirectory, "netsuperd-exec");
        var arguments = ProcessArguments.Read().Select(argument => Encoding.UTF8.GetString(argument)).ToList();
        var own = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(variable => (string)variable.Key is not ("LISTEN_PID" or "LISTEN_FDS" or "LISTEN_FDNAMES" or "NOTIFY_SOCKET" or "WATCHDOG_PID"))
            .Select(variable => $"{variable.Key}={variable.Value}");
        return new SpawnRequest
        {
            Path = helper,
            Arguments = [helper, "--keep-rights", "--detach", "--listen-pid", $"--argv0={arguments[0]}", "--", program, .. arguments.Skip(1)],
            Environment =
            [
                .. own,
                .. manager.Environment,
                string.Create(CultureInfo.InvariantCulture, $"LISTEN_FDS={given.Count}"),
                $"LISTEN_FDNAMES={string.Join(':', given.Select(pair => pair.Name))}",
            ],
            Descriptors = [.. Enumerable.Range(0, 3).Select(fd => new SafeFileHandle(fd, ownsHandle: false)), .. given.Select(pair => pair.Handle)],
        };
    }
}
