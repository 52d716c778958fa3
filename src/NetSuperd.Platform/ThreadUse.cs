namespace NetSuperd.Platform;

/// <summary>The activity of a thread of this process.</summary>
/// <param name="Sleeps">Whether it waits for something other than a processor.</param>
/// <param name="Processor">The time that processors have spent on it, in steps of 10 ms.</param>
public readonly record struct ThreadUse(bool Sleeps, TimeSpan Processor);
