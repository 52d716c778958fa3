namespace NetSuperd.Server.Listen;

/// <summary>What has a socket of the map itself: the socket rests until that has ended.</summary>
internal interface ISocketHolder
{
    /// <summary>The <see cref="Assignment.Definition"/> by which the child was started; null where that is not known.</summary>
    string? Definition { get; }

    /// <summary>Completes when no process is left of it.</summary>
    Task Ended { get; }

    /// <summary>Whether it was asked to end.</summary>
    bool IsEnding { get; }

    /// <summary>Asks it to end, once, and ends it after a time.</summary>
    /// <param name="drain">The time.</param>
    void End(TimeSpan drain);
}
