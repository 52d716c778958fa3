using System.Collections.Immutable;
using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <content>What an operator does with the listeners of a service.</content>
internal sealed partial class ListenerSet
{
    // How long a restart waits for the process of a server that is being started.
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(5);

    /// <summary>The state in which an operator holds a service; null where none does.</summary>
    public ServiceState? HeldAs(string service) => _stopped.Contains(service) ? ServiceState.Stopped
        : _paused.Contains(service) ? ServiceState.Paused
        : null;

    /// <summary>Whether an operator has paused or stopped a service. May be called on any thread.</summary>
    public bool IsHeld(string service) => HeldAs(service) is not null;

    /// <summary>
    /// Notes for a successor what an operator has done there: a handler here passes no connection to a service that is held.
    /// </summary>
    /// <param name="service">The service.</param>
    /// <param name="isPaused">Whether it is paused; null: as before.</param>
    /// <param name="isStopped">Whether it is stopped; null: as before.</param>
    public void NoteHeld(string service, bool? isPaused = null, bool? isStopped = null)
    {
        _paused = isPaused is { } paused ? With(_paused, paused) : _paused;
        _stopped = isStopped is { } stopped ? With(_stopped, stopped) : _stopped;

        ImmutableHashSet<string> With(ImmutableHashSet<string> all, bool isIn) => isIn ? all.Add(service) : all.Remove(service);
    }

    /// <summary>Lets the clients of a service wait in the backlog.</summary>
    /// <remarks>A child with one of its sockets would keep serving: it is asked to end, unless the map leaves it to its own end.</remarks>
    public async Task PauseAsync(string service)
    {
        _paused = _paused.Add(service);
        await HoldAsync(service, ServiceState.Paused.Word(), _drain, evenLeft: false).ConfigureAwait(false);
    }

    /// <summary>Lets the clients of a service wait in the backlog, and asks its children that have sockets themselves to end.</summary>
    /// <param name="service">The service.</param>
    /// <param name="drain">The time that they have for that.</param>
    /// <returns>Their ends.</returns>
    public async Task<Task> StopAsync(string service, TimeSpan drain)
    {
        _stopped = _stopped.Add(service);
        await HoldAsync(service, ServiceState.Stopped.Word(), drain, evenLeft: true).ConfigureAwait(false);
        return Task.WhenAll(ListenersOf(service).Select(listener => listener.Unshared));
    }

    /// <summary>Resumes a service, unless it is stopped.</summary>
    public void Resume(string service)
    {
        _paused = _paused.Remove(service);
        StartAgain(service);
    }

    /// <summary>Starts a service that was stopped, unless it is paused; and a server that has ended, without a pause.</summary>
    public async Task StartAsync(string service)
    {
        _stopped = _stopped.Remove(service);
        foreach (var listener in ListenersOf(service).Where(listener => listener.Assignment.IsServer).ToList())
        {
            // A server that runs keeps running.
            await listener.StopAsync().ConfigureAwait(false);
            listener.Assignment.Receiver.RecordOf(listener.Assignment.Service).Renew();
        }

        StartAgain(service);
    }

    /// <summary>
    /// Holds back the starts of servers and of children that get sockets, for a successor: it learns of no process that is started later.
    /// Clients wait in the backlog meanwhile. Servers that are being started have a process when this completes.
    /// </summary>
    public async Task HoldStartsAsync()
    {
        await _loops.Starts.HoldAsync().ConfigureAwait(false);
        await Task.WhenAll(_listeners.Where(listener => listener.Assignment.IsServer)
                .Select(listener => listener.Assignment.Receiver.RecordOf(listener.Assignment.Service).Started))
            .WaitAsync(StartPatience, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>
    /// The restart has failed: servers and children may start, and the ends of a predecessor's processes are heard here again.
    /// </summary>
    public void CancelHandover()
    {
        _loops.Starts.Release();
        foreach (var listener in _listeners)
        {
            (listener.Server as AdoptedServer)?.CancelHandover();
            foreach (var socket in listener.Sockets)
            {
                foreach (var other in socket.Holder?.Others ?? [])
                {
                    other.CancelHandover();
                }
            }
        }
    }

    /// <summary>The servers of predecessors that run.</summary>
    public IReadOnlyList<ISocketHolder> AdoptedServers() =>
        [.. _listeners.Select(listener => listener.Server).OfType<AdoptedServer>().Where(server => !server.Ended.IsCompleted)];

    /// <summary>Signals the children of a predecessor that have sockets of a service themselves, or are its server.</summary>
    /// <exception cref="CallException">No descriptor is left.</exception>
    public void SignalOthers(string service, int signal, ISet<int> reached)
    {
        foreach (var listener in ListenersOf(service))
        {
            (listener.Server as AdoptedServer)?.Signal(signal, reached);
            foreach (var socket in listener.Sockets)
            {
                foreach (var other in socket.Holder?.Others ?? [])
                {
                    other.Signal(signal, reached);
                }
            }
        }
    }

    private async Task HoldAsync(string service, string reason, TimeSpan drain, bool evenLeft)
    {
        foreach (var listener in ListenersOf(service).ToList())
        {
            await listener.PauseAsync(IsStopped(listener)).ConfigureAwait(false);
            listener.EndChildren(reason, drain, all: true, evenLeft);
        }
    }

    private void StartAgain(string service)
    {
        foreach (var listener in ListenersOf(service).Where(listener => !IsHeld(listener)))
        {
            listener.Start();
        }
    }

    private bool IsStopped(Listener listener) => _stopped.Contains(listener.Assignment.Service.Name);

    private bool IsHeld(Listener listener) => IsHeld(listener.Assignment.Service.Name);
}
