using System.Globalization;
using System.Text;
using NetSuperd.Native;

namespace NetSuperd.Linux.Spawn;

/// <summary>
/// The reports of netsuperd-exec about failed steps: lines <c>PID STATUS ERRNO</c> on one pipe that all children inherit until their exec.
/// A line is written with one write(2) before its writer exits, so it is there when the child is reaped.
/// </summary>
internal sealed class SpawnReports : IDisposable
{
    // Only a program of the same user that holds a child in its debugger could write more than children report.
    private const int MostKept = 10_000;

    private readonly Pipe _pipe = Pipe.Create();
    private readonly Dictionary<int, SpawnFailure> _reports = [];
    private readonly StringBuilder _text = new();

    /// <summary>The end that children write to.</summary>
    public Descriptor Writer => _pipe.Writer;

    /// <summary>The end that is watched.</summary>
    public Descriptor Reader => _pipe.Reader;

    /// <summary>Reads what is there.</summary>
    public void Drain()
    {
        Span<byte> chunk = stackalloc byte[4096];
        for (var count = _pipe.Read(chunk); count > 0; count = _pipe.Read(chunk))
        {
            foreach (var octet in chunk[..count])
            {
                Take((char)octet);
            }
        }
    }

    /// <summary>Takes the report of a child that has ended, where it is about this exit status.</summary>
    public SpawnFailure? TakeReport(int pid, int status)
    {
        if (!SpawnFailure.Knows(status))
        {
            return null;
        }

        Drain();
        return _reports.Remove(pid, out var failure) && SpawnFailure.From(status, (int)failure.Errno) == failure ? failure : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _pipe.Dispose();

    private void Take(char letter)
    {
        if (letter != '\n')
        {
            _text.Length = Math.Min(_text.Length, 64);
            _text.Append(letter);
            return;
        }

        var fields = _text.ToString().Split(' ');
        _text.Clear();
        if (fields.Length == 3 && Number(fields[0]) is { } pid && Number(fields[1]) is { } status && Number(fields[2]) is { } errno
            && SpawnFailure.From(status, errno) is { } failure && _reports.Count < MostKept)
        {
            _reports[pid] = failure;
        }
    }

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
