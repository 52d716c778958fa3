using System.Diagnostics;
using Microsoft.Extensions.Logging;
using NetSuperd.Logging;

namespace NetSuperd.Control;

/// <summary>Logs wrong operators' tokens: the first, and then at most one line every ten seconds. Guesses do not fill the log.</summary>
/// <param name="logger">The log.</param>
internal sealed class WrongTokens(ILogger logger)
{
    private static readonly TimeSpan TellAgain = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private long? _told;
    private long _count;

    /// <summary>Counts one.</summary>
    /// <param name="asking">The process that sent it.</param>
    /// <param name="path">The socket.</param>
    public void Count(ControlPeer? asking, string path)
    {
        lock (_lock)
        {
            _count++;
            if (_told is { } told && Stopwatch.GetElapsedTime(told) < TellAgain)
            {
                return;
            }

            logger.WrongToken(_count, path, asking?.User, asking?.Pid);
            (_told, _count) = (Stopwatch.GetTimestamp(), 0);
        }
    }
}
