using NetSuperd.Control;

namespace NetSuperd.Hosting;

/// <summary>What another map changes of the sockets at which the daemon answers, until it is in force.</summary>
internal sealed class ControlChange
{
    private readonly List<ControlMove> _moves = [];
    private readonly List<(ControlServer Server, ControlPlace Before)> _allowed = [];

    /// <summary>What becomes of each socket.</summary>
    public IReadOnlyList<ControlMove> Moves => _moves;

    /// <summary>Adds a socket.</summary>
    /// <param name="server">The present one; null: there is none.</param>
    /// <param name="before">Its place in the map that is in force.</param>
    /// <param name="next">Its place in the next map.</param>
    /// <param name="bind">Opens another one.</param>
    /// <returns>Why there cannot be another one; null: there can.</returns>
    public ControlBindFailure? Add(
        ControlServer? server, ControlPlace? before, ControlPlace? next,
        Func<ControlPlace, (ControlServer? Server, ControlBindFailure? Obstacle)> bind)
    {
        if (before?.Path == next?.Path && (server is not null || before == next))
        {
            if (server is not null && before != next)
            {
                server.Allow(next!);
                _allowed.Add((server, before!));
            }

            _moves.Add(new ControlMove(IsOther: false, null));
            return null;
        }

        var (fresh, obstacle) = next is null ? (null, null) : bind(next);
        _moves.Add(new ControlMove(IsOther: true, fresh));
        return obstacle;
    }

    /// <summary>The other map does not come into force: removes what was made for it.</summary>
    public async Task UndoAsync()
    {
        foreach (var (server, before) in _allowed)
        {
            server.Allow(before);
        }

        foreach (var fresh in _moves.Select(move => move.Fresh).OfType<ControlServer>())
        {
            fresh.Unlink();
            await fresh.DisposeAsync();
        }
    }
}

/// <summary>What becomes of a socket.</summary>
/// <param name="IsOther">Whether the present one is given up.</param>
/// <param name="Fresh">The one in its place; null: there is none.</param>
internal readonly record struct ControlMove(bool IsOther, ControlServer? Fresh);
