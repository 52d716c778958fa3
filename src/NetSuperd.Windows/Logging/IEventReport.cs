using NetSuperd.Platform;

namespace NetSuperd.Windows.Logging;

/// <summary>Takes events for the event log.</summary>
internal interface IEventReport : IDisposable
{
    /// <summary>Reports an event.</summary>
    /// <param name="type">EVENTLOG_ERROR_TYPE, EVENTLOG_WARNING_TYPE or EVENTLOG_INFORMATION_TYPE.</param>
    /// <param name="id">Its number.</param>
    /// <param name="text">Its text.</param>
    /// <exception cref="CallException">The event log does not take it.</exception>
    void Report(ushort type, ushort id, string text);
}
