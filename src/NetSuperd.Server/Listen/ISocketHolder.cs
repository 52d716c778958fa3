namespace NetSuperd.Server.Listen;

/// <summary>A holder of a socket of the map: the socket rests until the holder has ended.</summary>
internal interface ISocketHolder
{
    /// <summary>The <see cref="Assignment.Definition"/> by which the child was started; null where that is not known.</summary>
    string? Definition { get; }

    /// <summary>The signal that asks it to end.</summary>
    int StopSignal { get; }

    /// <summary>Completes when all its processes have ended.</summary>
    Task Ended { get; }

    /// <summary>Whether it was asked to end.</summary>
    bool IsEnding { get; }

    /// <summary>The processes that lead the sessions of its processes.</summary>
    IReadOnlySet<int> Leaders { get; }

    /// <summary>Completes when the request to end has reached it, or it has ended.</summary>
    Task Asked { get; }

    /// <summary>The processes among it that are no children of this one.</summary>
    IEnumerable<IOtherProcesses> Others => [];

    /// <summary>Asks it to end, once, and kills it after a time.</summary>
    /// <param name="drain">The time. A later call can only shorten it.</param>
    void End(TimeSpan drain);

    /// <summary>Asks it to end, unless it was started by this definition, or has ended.</summary>
    /// <param name="definition">The <see cref="Assignment.Definition"/> that may stay; null: none.</param>
    /// <param name="drain">The time that it has; one that was asked already has no more than before.</param>
    /// <returns>Whether it was asked for the first time.</returns>
    bool TryEnd(string? definition, TimeSpan drain)
    {
        if (Ended.IsCompleted || (definition is not null && (Definition ?? definition) == definition))
        {
            return false;
        }

        var isFirst = !IsEnding;
        End(drain);
        return isFirst;
    }
}
