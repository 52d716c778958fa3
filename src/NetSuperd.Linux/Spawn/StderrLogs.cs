using System.Collections.Concurrent;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Spawn;

/// <summary>Reads on the event loop what children write to standard error, from the pipes of services and of single children.</summary>
internal sealed class StderrLogs(EventLoop loop) : IDisposable
{
    // Children beyond this number share the pipe of their service.
    private readonly long _mostOfOne = DescriptorNeed.MostLogs(Descriptors.Limit);

    private readonly ConcurrentDictionary<StderrLog, bool> _logs = new();
    private int _ofOne;

    /// <summary>
    /// The pipe for the standard error of a child that is to be started: one of its own, as long as there are not too many; null where it
    /// does not go into the log.
    /// </summary>
    public StderrLog? Open(ChildService service, ConnectionRecord record)
    {
        var log = _ofOne < _mostOfOne ? service.Log?.For(record) : service.Log;
        _ofOne += log is { IsOfOne: true } ? 1 : 0;
        return log;
    }

    /// <summary>Closes the pipe of a child that is not started.</summary>
    public void Drop(StderrLog? log)
    {
        if (log is { IsOfOne: true })
        {
            _ofOne--;
            log.Dispose();
        }
    }

    /// <summary>Reads the standard error of a child, or of a service's children, from now on.</summary>
    public void Add(StderrLog log)
    {
        _logs[log] = true;
        try
        {
            log.Token = loop.Watch(log.Reader, new WatchedLog(this, log), Events.Read);
        }
        catch (CallException) when (log.IsOfOne)
        {
            // No memory to watch it: it is read when its child ends.
        }
    }

    /// <summary>
    /// Logs what a child that has ended has written. Its unfinished last line is not joined to the first line of the next child.
    /// </summary>
    public void Finish(StderrLog log)
    {
        if (_logs.ContainsKey(log) && Read(log))
        {
            log.Flush();
        }
    }

    /// <summary>Logs what is left in the pipes. After the loop has ended.</summary>
    public void Dispose()
    {
        foreach (var log in _logs.Keys)
        {
            log.Drain();
            log.Flush();
            log.Dispose();
        }
    }

    /// <summary>Reads what is there.</summary>
    /// <returns>False at the end: every writer has ended, and no map has the pipe.</returns>
    private bool Read(StderrLog log)
    {
        if (log.Drain())
        {
            return true;
        }

        if (_logs.TryRemove(log, out _))
        {
            _ofOne -= log.IsOfOne ? 1 : 0;
            if (log.Token is { } token)
            {
                // Closing its only descriptor takes it out of the loop.
                loop.Forget(token);
            }

            log.Flush();
            log.Dispose();
        }

        return false;
    }

    private sealed class WatchedLog(StderrLogs logs, StderrLog log) : IWatcher
    {
        public void Ready(Events events) => logs.Read(log);
    }
}
