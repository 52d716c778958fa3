using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NetSuperd.Control;
using NetSuperd.Logging;
using NetSuperd.Platform;
using NetSuperd.Server.Config;

namespace NetSuperd.Hosting;

/// <summary>The sockets at which the daemon answers: that for every command, and that for questions, where the map has them.</summary>
/// <param name="answering">Does what a request asks for.</param>
/// <param name="logger">The log.</param>
internal sealed class ControlSockets(IOperator answering, ILogger logger)
{
    /// <summary>The name of the control socket among the descriptors of a successor.</summary>
    public const string ControlName = "netsuperd.control";

    /// <summary>The name of the socket for questions among the descriptors of a successor.</summary>
    public const string QuestionsName = "netsuperd.status";

    private readonly List<ControlServer> _before = [];
    private ControlServer? _control;
    private ControlServer? _questions;

    /// <summary>The listening sockets, for a successor.</summary>
    public IEnumerable<(SafeHandle Handle, string Name)> Descriptors => new[]
    {
        (Server: _control, Name: ControlName), (Server: _questions, Name: QuestionsName),
    }.Where(pair => pair.Server?.Listener.Handle is not null).Select(pair => (pair.Server!.Listener.Handle!, pair.Name));

    private IEnumerable<ControlServer> Servers => new[] { _control, _questions }.OfType<ControlServer>();

    /// <summary>Opens the sockets, or adopts the predecessor's. No client is answered before <see cref="Start"/>.</summary>
    /// <param name="section">The section of the map.</param>
    /// <param name="succession">Has the predecessor's sockets.</param>
    /// <returns>Why the daemon cannot start without one of them; null: it can.</returns>
    /// <exception cref="CallException">The system has no descriptors left for the daemon itself.</exception>
    public ControlBindFailure? Open(DaemonSection section, Succession succession)
    {
        if (section.Control is null)
        {
            logger.NoControl(Installation.Current.WhyNoControl);
        }

        (_control, var obstacle) = Open(ControlPlace.OfOperators(section), place => succession.Adopt(ControlName, place));
        if (obstacle is null)
        {
            (_questions, obstacle) = Open(ControlPlace.OfQuestions(section), place => succession.Adopt(QuestionsName, place));
        }

        return obstacle;
    }

    /// <summary>Begins to answer.</summary>
    public void Start()
    {
        foreach (var server in Servers)
        {
            server.Start();
        }
    }

    /// <summary>Opens the sockets that another map has elsewhere. None is used before <see cref="Use(ControlChange)"/>.</summary>
    /// <returns>The sockets, or why there cannot be one of them.</returns>
    /// <exception cref="CallException">The system has no descriptors left, or does not allow the group of the map.</exception>
    public async Task<(ControlChange? Change, ControlBindFailure? Obstacle)> PrepareAsync(DaemonSection before, DaemonSection next)
    {
        if (next.Control is null && before.Control is not null)
        {
            logger.NoControl(Installation.Current.WhyNoControl);
        }

        var change = new ControlChange();
        try
        {
            var obstacle = change.Add(_control, ControlPlace.OfOperators(before), ControlPlace.OfOperators(next), Bind)
                ?? change.Add(_questions, ControlPlace.OfQuestions(before), ControlPlace.OfQuestions(next), Bind);
            if (obstacle is null)
            {
                return (change, null);
            }

            await change.UndoAsync();
            return (null, obstacle);
        }
        catch
        {
            await change.UndoAsync();
            throw;
        }
    }

    /// <summary>Answers at the sockets of another map from now on.</summary>
    public void Use(ControlChange change)
    {
        _control = Use(_control, change.Moves[0]);
        _questions = Use(_questions, change.Moves[1]);
    }

    /// <inheritdoc cref="ControlServer.EnsurePresent"/>
    public void EnsurePresent()
    {
        foreach (var server in Servers)
        {
            server.EnsurePresent();
        }
    }

    /// <inheritdoc cref="ControlServer.StopAccepting"/>
    public void StopAccepting()
    {
        foreach (var server in Servers)
        {
            server.StopAccepting();
        }
    }

    /// <inheritdoc cref="ControlServer.Unlink"/>
    public void Unlink()
    {
        foreach (var server in Servers)
        {
            server.Unlink();
        }
    }

    /// <summary>Stops. The paths of the sockets in force are removed as well, unless another process uses them.</summary>
    public async Task CloseAsync()
    {
        foreach (var server in _before.Concat(Servers))
        {
            await server.DisposeAsync();
        }
    }

    private ControlServer? Use(ControlServer? present, ControlMove move)
    {
        if (!move.IsOther)
        {
            return present;
        }

        if (present is not null)
        {
            // The client that asked for the reload is still being answered there.
            present.Unlink();
            present.StopAccepting();
            _before.Add(present);
        }

        move.Fresh?.Start();
        return move.Fresh;
    }

    private (ControlServer? Server, ControlBindFailure? Obstacle) Open(ControlPlace? place, Func<ControlPlace?, ControlListener?> adopt)
    {
        if (adopt(place) is { } given)
        {
            return (ControlServer.Adopt(given, answering, logger, TimeProvider.System), null);
        }

        var (server, failure) = place is null ? (null, null) : Bind(place);
        if (failure is not null && place!.MakesFolder)
        {
            // Where another daemon has the default path, or this user may not create it, the daemon runs without the socket.
            logger.ControlUnavailable(place.Path, failure.Message);
            return (null, null);
        }

        return (server, failure);
    }

    private (ControlServer? Server, ControlBindFailure? Obstacle) Bind(ControlPlace place) =>
        ControlServer.Open(place, answering, logger, TimeProvider.System);
}
