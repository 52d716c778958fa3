using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Pipes;

/// <summary>The children of a daemon whose system cannot give a connection to another process: each has pipes.</summary>
/// <remarks>
/// Overview. An admitted connection waits until its child has been started (<see cref="PipedStarts"/>), and is a handler's from then on:
/// <see cref="HandlerRunner"/> fences it, and ends it by its time limits, an operator and the stop, as it does with every other. What it
/// ends is the connection; the end of the child comes from here, in the ways in which Linux ends one: it is asked, by the end of its input,
/// and killed after a time.
/// </remarks>
/// <param name="programs">Starts the programs.</param>
/// <param name="parts">The parts of the daemon.</param>
internal sealed class PipedProcesses(IPipedPrograms programs, EngineParts parts) : NoProcesses
{
    private readonly ConcurrentDictionary<long, PipedChild> _children = new();
    private readonly PipedStarts _starts = new();
    private readonly ILogger _logger = parts.Loggers.CreateLogger("NetSuperd");
    private readonly INames _names = parts.Request.Host.Names;

    /// <inheritdoc/>
    public override int Children => _children.Count;

    /// <inheritdoc/>
    public override IMapProcesses Of(Configuration configuration, Configuration? before) => new PipedMap(configuration.Map, this);

    /// <summary>A service of a map that is going to be in force.</summary>
    public PipedService ServiceOf(Service service) => new(service, parts.Tally.Use(service.Name), this, parts.Time);

    /// <inheritdoc cref="IDestination.MustWait"/>
    public bool MustWait(IWaitsForRoom waiter) => _starts.MustWait(waiter);

    /// <summary>Starts the child of a connection, and then serves the connection.</summary>
    /// <param name="service">Its service.</param>
    /// <param name="program">Its program.</param>
    /// <param name="socket">The connection.</param>
    /// <param name="record">Its record.</param>
    /// <param name="runner">Fences it.</param>
    public void Start(PipedService service, ChildProgram program, StreamSocket socket, ConnectionRecord record, HandlerRunner runner) =>
        _starts.Add(() => StartNow(service, program, socket, record, runner));

    /// <summary>Serves a connection whose child has been started, until both have ended.</summary>
    public async Task ServeAsync(StreamConnection connection, CancellationToken stopping)
    {
        try
        {
            await _children[connection.Id].ServeAsync(connection, stopping).ConfigureAwait(false);
        }
        finally
        {
            _children.TryRemove(connection.Id, out _);
        }
    }

    /// <inheritdoc/>
    public override void Abort(ConnectionRecord record)
    {
        record.IsAborted = true;
        if (_children.TryGetValue(record.Id, out var child))
        {
            child.Kill();
        }
    }

    /// <inheritdoc/>
    public override void TimeOut()
    {
        foreach (var child in _children.Values)
        {
            child.TimeOut(parts.Tally.AgeOf(child.Record));
        }
    }

    /// <inheritdoc/>
    public override Task SettleAsync() => _starts.WhenStartedAsync();

    /// <inheritdoc/>
    public override Task FinishAsync() => SettleAsync();

    /// <inheritdoc/>
    public override Task EndConnectionsAsync(string service, TimeSpan drain) =>
        EndAsync([.. _children.Values.Where(child => child.Record.Service == service)], drain, CancellationToken.None);

    /// <inheritdoc/>
    public override Task StopAsync(DaemonSection daemon, CancellationToken now) => EndAsync([.. _children.Values], daemon.Drain, now);

    /// <inheritdoc/>
    public override void KillAll()
    {
        foreach (var child in _children.Values)
        {
            child.Kill();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        KillAll();
        base.Dispose();
    }

    /// <summary>Asks children to end, and kills after a time those that have not.</summary>
    private async Task EndAsync(List<PipedChild> children, TimeSpan drain, CancellationToken now)
    {
        children.ForEach(child => child.Ask());
        var ended = Task.WhenAll(children.Select(child => child.Ended));
        try
        {
            await ended.WaitAsync(drain, parts.Time, now).ConfigureAwait(false);
        }
        catch (Exception over) when (over is TimeoutException or OperationCanceledException)
        {
            foreach (var child in children.Where(child => !child.Ended.IsCompleted))
            {
                _logger.ChildKilled(child.Record.Pid!.Value, child.Record.Service);
                child.Abort();
            }

            await ended.ConfigureAwait(false);
        }
    }

    /// <summary>The fence of a start: a failure costs its connection only.</summary>
    private void StartNow(PipedService service, ChildProgram program, StreamSocket socket, ConnectionRecord record, HandlerRunner runner)
    {
        PipedChild? child = null;
        try
        {
            child = new PipedChild(programs.Start(program, VariablesOf(record)), record, service, _logger);
            record.Pid = child.Pid;
            _children[record.Id] = child;
            if (record.IsAborted)
            {
                child.Kill();
            }

            runner.Start(service.Handler, socket, record, service.Admission);
        }
        catch (CallException failure) when (child is null)
        {
            SocketConnection.HangUp(socket);
            Fail(program, record, failure.Errno);
        }
        catch (Exception failure)
        {
            _children.TryRemove(record.Id, out _);
            child?.Dispose();
            socket.Dispose();
            _logger.DispatchFailed(failure, record.Id, record.Service);
            parts.Tally.Close(record, ConnectionEnd.Failed);
        }
    }

    private ChildVariables VariablesOf(ConnectionRecord record)
    {
        var variables = new ChildVariables();
        variables.AddService(record);
        variables.AddProtocol(record);
        variables.AddClient(record, _names);
        return variables;
    }

    private void Fail(ChildProgram program, ConnectionRecord record, Errno errno)
    {
        const string Step = "exec";
        parts.Tally.Close(record, ConnectionEnd.Unspawned, $"{Step}: {errno.Reason()}", $"{Step} {errno}");
        if (parts.Tally.NamesFailure(record))
        {
            _logger.SpawnFailed(
                program.Path, record.Id, record.Service, Step, errno.Reason(), errno, "the connection is closed",
                record.Use.Totals[ConnectionEnd.Unspawned]);
        }
    }
}
