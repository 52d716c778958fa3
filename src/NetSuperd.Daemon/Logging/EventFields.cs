using System.Text;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Logging;

/// <summary>The values of an event that the journal and syslog have as fields, for one thread.</summary>
/// <param name="line">Writes values as the line has them, with addresses as <c>log.address</c> allows.</param>
internal sealed class EventFields(LineFormatter line)
{
    private static readonly string[] Names = ["Service", "ConnectionId", "Peer", "Local", "Pid", "Reason"];

    private readonly StringBuilder _text = new();

    /// <summary>The fields that the event has, each as plain text.</summary>
    public IEnumerable<(string Name, string Value)> Of(LogEntry entry)
    {
        foreach (var name in Names)
        {
            if (entry.TryGet(name, 0, out var value))
            {
                _text.Clear();
                line.WriteValue(name, value, null, _text);
                yield return (name, PlainText.Of(_text.ToString()));
            }
        }
    }
}
