using System.Text.Json;
using NetSuperd.Server.Tally;

namespace NetSuperd.Control;

/// <summary>The clients of a control socket that read events: a few, since each of them costs something at every event.</summary>
/// <param name="isForQuestions">Whether no user may take all places.</param>
internal sealed class ControlReaders(bool isForQuestions)
{
    /// <summary>The most readers of a socket at once.</summary>
    public const int Most = 8;

    /// <summary>The most readers of one user at once, at a socket for questions.</summary>
    public const int MostOfAUser = Most / 2;

    private const int MostLineBytes = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly List<object?> _users = [];

    /// <summary>Takes a place for a reader, to be given back by <see cref="Leave"/>.</summary>
    public bool TryEnter(object? user)
    {
        lock (_lock)
        {
            if (_users.Count == Most || (isForQuestions && _users.Count(other => Equals(other, user)) == MostOfAUser))
            {
                return false;
            }

            _users.Add(user);
            return true;
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Leave(object? user)
    {
        lock (_lock)
        {
            _users.Remove(user);
        }
    }

    /// <summary>The lines of events that wait, as many as are sent at once.</summary>
    public static ReadOnlyMemory<byte> Lines(EventReader events)
    {
        var lines = new MemoryStream();
        if (events.TakeLost() is > 0 and var lost)
        {
            Write(lines, new EventLine(EventLine.Lost, TimeProvider.System.GetUtcNow(), Count: lost));
        }

        while (lines.Length < MostLineBytes && events.Take() is { } happened)
        {
            Write(lines, EventLine.From(happened));
        }

        return lines.GetBuffer().AsMemory(0, (int)lines.Length);
    }

    private static void Write(MemoryStream lines, EventLine line)
    {
        JsonSerializer.Serialize(lines, line, ControlJson.Default.EventLine);
        lines.WriteByte((byte)'\n');
    }
}
