namespace NetSuperd.Server.Serve;

/// <summary>A thread of the pool that a handler holds.</summary>
/// <param name="Service">The service of the handler.</param>
/// <param name="Elapsed">How long it has made no progress.</param>
/// <param name="Sleeps">Whether it is asleep now.</param>
/// <param name="Waits">Whether it has been asleep since the look before, and so waits for something other than a processor.</param>
/// <param name="Computed">The processor time that it has used meanwhile.</param>
internal readonly record struct HeldThread(string Service, TimeSpan Elapsed, bool Sleeps, bool Waits, TimeSpan Computed);
