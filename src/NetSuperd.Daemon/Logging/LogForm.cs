namespace NetSuperd.Logging;

/// <summary>What surrounds the text of an event.</summary>
internal enum LogForm
{
    /// <summary>A line with its time and level.</summary>
    Line,

    /// <summary>A line with its priority, as the journal reads it from standard error (sd-daemon(3)).</summary>
    Prefixed,

    /// <summary>The fields of an entry of the journal.</summary>
    Journal,

    /// <summary>A message of syslog (RFC 5424).</summary>
    Syslog,

    /// <summary>A line with its priority and the number of the event before it, of which the event log makes an event.</summary>
    Event,
}
