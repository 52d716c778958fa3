using Microsoft.Extensions.Logging;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>
/// Sockets that are no longer in the map, but that children still have which were asked to end, or are left to their own end. They stay
/// open until the children have ended, so that an entry which comes back finds its socket instead of an address in use.
/// </summary>
internal sealed class EndingSockets(ListenLoops loops, ILogger logger, TimeProvider time) : IDisposable
{
    private readonly List<EndingSocket> _sockets = [];
    private readonly List<Task> _closing = [];

    /// <summary>The present ones.</summary>
    public IReadOnlyList<EndingSocket> All
    {
        get
        {
            lock (_sockets)
            {
                return [.. _sockets];
            }
        }
    }

    /// <summary>Keeps a socket until its child has ended.</summary>
    public void Add(BoundSocket socket, string service)
    {
        var ending = new EndingSocket(socket, service, time.GetUtcNow());
        lock (_sockets)
        {
            _sockets.Add(ending);
        }

        var closing = CloseAsync(ending);
        lock (_sockets)
        {
            _closing.Add(closing);
        }
    }

    /// <summary>Fails if a socket could not be closed since the last call. To be called regularly.</summary>
    public Task ObserveAsync()
    {
        lock (_sockets)
        {
            var over = _closing.FindAll(closing => closing.IsCompleted);
            _closing.RemoveAll(over.Contains);
            return Task.WhenAll(over);
        }
    }

    /// <summary>
    /// Drops sockets that no map names any more, and serves first the clients that have connected to them: none that came in time is turned
    /// away.
    /// </summary>
    /// <param name="sockets">The sockets, each with what the map said of it.</param>
    /// <param name="drain">The time that a child of them has to end.</param>
    public Task RetireAsync(IEnumerable<(Assignment Assignment, BoundSocket Bound)> sockets, TimeSpan drain) =>
        Task.WhenAll(sockets.GroupBy(pair => pair.Bound.Place.Row).Select(row => RetireRowAsync([.. row], drain)).ToList());

    private async Task RetireRowAsync((Assignment Assignment, BoundSocket Bound)[] row, TimeSpan drain)
    {
        var isClosed = await Task.WhenAll(row.Select(pair => RetireAsync(pair.Assignment, pair.Bound, drain))).ConfigureAwait(false);
        var closed = row.Where((_, at) => isClosed[at]).ToList();
        if (closed.Count > 0)
        {
            logger.ListenerClosed(
                SocketPlace.TextOf(closed.ConvertAll(pair => pair.Bound.Place)), closed[0].Assignment.Service.Name);
        }
    }

    /// <summary>Drops a socket.</summary>
    /// <returns>Whether it is closed; otherwise its child is ending.</returns>
    private async Task<bool> RetireAsync(Assignment assignment, BoundSocket bound, TimeSpan drain)
    {
        await bound.Released.ConfigureAwait(false);
        bound.Unlink(logger);
        if (!bound.Unshared.IsCompleted)
        {
            // A server is asked by its name, since a server with other sockets may follow it.
            if (!assignment.IsServer && assignment.Service.Program is not { OnChange: ChangeAction.Leave }
                && bound.EndHolder(definition: null, drain))
            {
                logger.ChildEnding(assignment.Service.Name, bound.Local, "removed");
            }

            Add(bound, assignment.Service.Name);
            return false;
        }

        if (assignment.Accepts)
        {
            await loops.DrainAsync(bound, assignment).ConfigureAwait(false);
        }

        bound.Dispose();
        return true;
    }

    /// <summary>Removes all of them, for a map that may use some again.</summary>
    public IReadOnlyList<EndingSocket> Take()
    {
        lock (_sockets)
        {
            EndingSocket[] taken = [.. _sockets];
            _sockets.Clear();
            return taken;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var ending in Take())
        {
            ending.Socket.Dispose();
        }
    }

    private async Task CloseAsync(EndingSocket ending)
    {
        await ending.Socket.Unshared.ConfigureAwait(false);
        lock (_sockets)
        {
            if (!_sockets.Remove(ending))
            {
                return;
            }
        }

        ending.Socket.Dispose();
        logger.ListenerClosed(ending.Socket.Local, ending.Service);
    }
}

/// <summary>A socket whose child is ending, or serves to its own end.</summary>
/// <param name="Socket">The socket.</param>
/// <param name="Service">The service whose child it is.</param>
/// <param name="Since">When it was removed from the map.</param>
internal sealed record EndingSocket(BoundSocket Socket, string Service, DateTimeOffset Since)
{
    /// <summary>Why the child was not asked to end; null: it was.</summary>
    public string? Reason => !Socket.IsEnding && Socket.Port.Service.Program is { OnChange: ChangeAction.Leave } ? Listener.LeftText : null;
}
