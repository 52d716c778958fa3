namespace NetSuperd.Server.Listen;

/// <summary>A holder of a socket of the map: the socket rests until the holder has ended.</summary>
internal interface ISocketHolder
{
    /// <summary>The <see cref="Assignment.Definition"/> by which the child was started; null where that is not known.</summary>
    string? Definition { get; }

    /// <summary>Completes when all its processes have ended.</summary>
    Task Ended { get; }

    /// <summary>Whether it was asked to end.</summary>
    bool IsEnding { get; }

    /// <summary>Asks it to end, once, and kills it after a time.</summary>
    /// <param name="drain">The time.</param>
    void End(TimeSpan drain);

    /// <summary>Asks it to end, unless it was started by this definition, has ended, or was asked already.</summary>
    /// <param name="definition">The <see cref="Assignment.Definition"/> that may stay; null: none.</param>
    /// <param name="drain">The time that it has.</param>
    /// <returns>Whether it was asked now.</returns>
    bool TryEnd(string? definition, TimeSpan drain)
    {
        if (Ended.IsCompleted || IsEnding || (definition is not null && (Definition ?? definition) == definition))
        {
            return false;
        }

        End(drain);
        return true;
    }
}
