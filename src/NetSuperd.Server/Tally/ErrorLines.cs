using System.Text;
using Microsoft.Extensions.Logging;

namespace NetSuperd.Server.Tally;

/// <summary>
/// What a child writes to standard error, line by line into the log: a line that is too long is cut, and lines beyond a rate are counted
/// and left out, so that no child fills the log.
/// </summary>
/// <param name="service">The service.</param>
/// <param name="record">The child's record; null: the lines are from several children, and have only the service's name.</param>
/// <param name="budget">The rate of the service.</param>
/// <param name="logger">The log.</param>
internal sealed class ErrorLines(string service, ConnectionRecord? record, LineBudget budget, ILogger logger)
{
    /// <summary>A longer line is cut; the rest of it is dropped.</summary>
    public const int MostBytesPerLine = 2048;

    private byte[] _line = [];
    private int _length;
    private bool _cut;

    /// <summary>Takes what was written, and logs each line that has ended.</summary>
    public void Take(ReadOnlySpan<byte> written)
    {
        while (written.Length > 0)
        {
            var end = written.IndexOf((byte)'\n');
            Add(end < 0 ? written : written[..end]);
            if (end >= 0)
            {
                // Programs of Windows end a line by CR LF.
                _length -= _length > 0 && _line[_length - 1] == '\r' ? 1 : 0;
                Log();
            }

            written = end < 0 ? [] : written[(end + 1)..];
        }
    }

    /// <summary>Logs the unfinished last line, and how many lines were left out.</summary>
    public void Flush()
    {
        Log();
        SayDropped();
    }

    /// <summary>Logs how many lines were left out.</summary>
    public void SayDropped(bool isLast = false)
    {
        if (budget.TakeDropped(isLast) is > 0 and var dropped)
        {
            logger.StderrDropped(service, dropped, LineBudget.LinesPerSecond);
        }
    }

    private void Add(ReadOnlySpan<byte> part)
    {
        if (_line.Length == 0 && part.Length > 0)
        {
            // Most children never write a line.
            _line = new byte[MostBytesPerLine];
        }

        var fits = Math.Min(part.Length, _line.Length - _length);
        part[..fits].CopyTo(_line.AsSpan(_length));
        _length += fits;
        _cut |= fits < part.Length;
    }

    private void Log()
    {
        if (_length > 0 && budget.Take())
        {
            SayDropped();
            var line = Encoding.UTF8.GetString(_line, 0, _length) + (_cut ? "..." : "");
            if (record is { Pid: { } pid } child)
            {
                logger.ChildStderr(service, child.Id, pid, line);
            }
            else
            {
                logger.SharedStderr(service, line);
            }
        }

        _length = 0;
        _cut = false;
    }
}
