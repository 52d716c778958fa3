namespace NetSuperd.Server.Serve;

/// <summary>A thread of the pool that a handler holds.</summary>
/// <param name="Thread">The thread.</param>
/// <param name="Handler">The handler.</param>
/// <param name="Elapsed">How long it has made no progress.</param>
/// <param name="Sleeps">Whether it is asleep now.</param>
/// <param name="Waits">Whether it has been asleep since the look before, and so waits for something other than a processor.</param>
/// <param name="Computed">The processor time that it has used meanwhile.</param>
internal readonly record struct HeldThread(
    HandlerThread Thread, HandlerName Handler, TimeSpan Elapsed, bool Sleeps, bool Waits, TimeSpan Computed);
