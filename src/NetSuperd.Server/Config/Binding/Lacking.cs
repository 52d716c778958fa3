using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Binding;

/// <summary>What this system lacks of a service: with <c>on_unavailable = "skip"</c> the map does without the service.</summary>
internal sealed class Lacking(Reading reading)
{
    private readonly List<string> _messages = [];

    /// <summary>Whether nothing is missing.</summary>
    public bool IsEmpty => _messages.Count == 0;

    /// <summary>Why the service is unavailable; null where it is available.</summary>
    public string? Text => IsEmpty ? null : string.Join("; ", _messages);

    /// <summary>Adds what has been reported before.</summary>
    public void AddReported(IEnumerable<string> messages) => _messages.AddRange(messages);

    /// <summary>Reports something that is missing.</summary>
    /// <returns>Whether the map does without the service; otherwise an error has been reported.</returns>
    public bool Add(Position at, string message)
    {
        if (!reading.ReportMissing(at, message))
        {
            return false;
        }

        _messages.Add(message);
        return true;
    }
}
