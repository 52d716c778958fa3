using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Spawn;

/// <summary>The fork servers, one after the other: where one ends, the next is started.</summary>
/// <remarks>
/// A fork server that is stopped (SIGSTOP), or does not answer for long, is killed. After one that could not be started, or has ended
/// before its first answer, there is a pause, twice as long each time; after two of them the waiting children have failed. The log has the
/// first end, and each new reason why no fork server lives; further ends are counted until a fork server has served for a while. Everything
/// is done on the loop.
/// </remarks>
internal sealed class ForkServers : IWatcher, ILoopWork, IDisposable
{
    private const string Ends = "it keeps ending";
    private const int Tries = 2;
    private const string EndsAtOnce = "it ends before it has started a child";

    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(5);

    private readonly SafeFileHandle _nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
    private readonly List<ForkServer> _ended = [];
    private readonly EventLoop _loop;
    private readonly ChildStarts _starts;
    private readonly ILogger _logger;
    private readonly bool _noBounds;
    private readonly Timer _nextCheck;
    private readonly Timer _retry;
    private volatile string? _helper;
    private volatile bool _isPausing;
    private ForkServer? _server;
    private long _started;
    private long _answerToken;
    private long _endToken;
    private bool _hasAnswered;
    private bool _isCheckDue;
    private Backoff _backoff = new(first: TimeSpan.FromMilliseconds(10), longest: TimeSpan.FromSeconds(1));
    private volatile int _failures;
    private volatile string? _trouble;
    private string? _named;
    private int _ends;
    private long _lost;

    /// <param name="loop">The loop.</param>
    /// <param name="starts">The children that are to be started.</param>
    /// <param name="logger">The log.</param>
    /// <param name="noBounds">Whether the capability bounding set of the children is to be empty.</param>
    public ForkServers(EventLoop loop, ChildStarts starts, ILogger logger, bool noBounds)
    {
        (_loop, _starts, _logger, _noBounds) = (loop, starts, logger, noBounds);
        _nextCheck = new Timer(_ => _loop.Post(this));
        _retry = new Timer(_ => EndPause());
    }

    /// <summary><c>/dev/null</c>.</summary>
    public SafeHandle Nothing => _nothing;

    /// <summary>The path of netsuperd-exec; null until a map with children is in force. May be set on any thread.</summary>
    public string? Helper
    {
        set => _helper = value;
    }

    /// <summary>Why no child can be started; null where no reason is known. May be read on any thread.</summary>
    public string? Trouble => _failures >= Tries ? _trouble : null;

    /// <summary>
    /// The running fork server; one is started where none runs. Null where that is not possible now: the waiting children are requested
    /// later.
    /// </summary>
    public ForkServer? Current()
    {
        if (_server is null && !_isPausing && _helper is { } helper)
        {
            try
            {
                Start(helper);
            }
            catch (Exception failure)
            {
                // No failure here may end the event loop and everything else that it serves.
                Pause((failure as CallException)?.Errno ?? Errno.ENOMEM, failure.Message);
            }
        }

        return _server;
    }

    /// <summary>The fork server has answered.</summary>
    public void Answered()
    {
        _hasAnswered = true;
        Live();
    }

    /// <summary>Checks the fork server after a while, since it owes an answer.</summary>
    public void CheckLater()
    {
        if (!_isCheckDue)
        {
            _isCheckDue = true;
            _nextCheck.Change(CheckInterval, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The fork server has ended: the children that were requested and not reported are lost.</summary>
    public void Ready(Events events)
    {
        var server = _server!;
        var lost = _starts.TakeAsked(server);
        _server = null;
        _loop.Forget(server.Answers, _answerToken);
        _loop.Forget(server.Process.End!, _endToken);
        _ended.Add(server);
        _ended.RemoveAll(IsGone);
        if (_trouble is null)
        {
            _trouble = Ends;
            _logger.ForkServerEnded(server.Process.Pid, lost.Count);
        }

        Fail(lost, Errno.ECONNRESET);
        if (_hasAnswered || (lost.Count == 0 && Stopwatch.GetElapsedTime(_started) >= Steady))
        {
            Live();
            _ends++;
        }
        else
        {
            Pause(Errno.ECONNRESET, $"{_helper}: {EndsAtOnce}");
        }

        _starts.Ask();
        Current();
    }

    /// <summary>It is time to check the fork server, or a pause has ended.</summary>
    public void Run()
    {
        Check();
        _starts.Ask();
        Current();
    }

    /// <summary>Ends the fork server. After the loop has ended.</summary>
    public void Dispose()
    {
        _nextCheck.Dispose();
        _retry.Dispose();
        if (_server is { } server)
        {
            End(server);
        }

        _nothing.Dispose();
    }

    private void Start(string helper)
    {
        var server = ForkServer.Start(helper, _starts.Plans, _nothing, _noBounds);
        long? answerToken = null;
        try
        {
            answerToken = _loop.Watch(server.Answers, _starts, Events.Read);
            _endToken = _loop.Watch(server.Process.End!, this, Events.Read);
            _answerToken = answerToken.Value;
        }
        catch
        {
            if (answerToken is { } token)
            {
                _loop.Forget(server.Answers, token);
            }

            End(server);
            throw;
        }

        (_server, _hasAnswered, _started) = (server, false, Stopwatch.GetTimestamp());
        if (_trouble is not null)
        {
            CheckLater();
        }
    }

    /// <summary>
    /// No fork server lives: the next one is started after a pause. Where the one before has not lived either, the waiting children have
    /// failed.
    /// </summary>
    private void Pause(Errno errno, string reason)
    {
        _isPausing = true;
        _retry.Change(_backoff.Next(), Timeout.InfiniteTimeSpan);
        _failures++;
        _ends++;
        if (_failures < Tries)
        {
            return;
        }

        if (_trouble != reason)
        {
            _trouble = reason;
            _logger.ForkServerFailed(reason);
        }

        Fail(_starts.TakeWaiting(), errno);
    }

    private void Live()
    {
        _failures = 0;
        _backoff.Reset();
    }

    private void EndPause()
    {
        _isPausing = false;
        _loop.Post(this);
    }

    /// <summary>Fails these children. The log names the first ones of each trouble.</summary>
    private void Fail(List<ChildJob> jobs, Errno errno)
    {
        var isNews = _named != _trouble;
        if (jobs.Count > 0)
        {
            _named = _trouble;
        }

        _lost += isNews ? 0 : jobs.Count;
        jobs.ForEach(job => _starts.Fail(job, errno, isNews));
    }

    private void Check()
    {
        _isCheckDue = false;
        _ended.RemoveAll(IsGone);
        if (_server is { } server && _starts.LongestAsked is { } owed && (owed > Patience || (owed >= CheckInterval && IsStopped(server))))
        {
            server.Process.Kill();
        }

        if (_trouble is not null
            && _server is not null
            && (_hasAnswered || _starts.LongestAsked is null)
            && Stopwatch.GetElapsedTime(_started) >= Steady)
        {
            Live();
            _logger.ForkServerRecovered(_server.Process.Pid, _ends, _lost);
            (_trouble, _named, _ends, _lost) = (null, null, 0, 0);
        }

        if (_ended.Count > 0 || (_server is not null && (_starts.LongestAsked is not null || _trouble is not null)))
        {
            CheckLater();
        }
    }

    private static bool IsStopped(ForkServer server)
    {
        try
        {
            return ProcessSession.IsStopped(server.Process.Pid);
        }
        catch (IOException)
        {
            // No descriptor is left for the check; the next one will tell.
            return false;
        }
    }

    /// <summary>Kills a fork server and reaps it.</summary>
    private static void End(ForkServer server)
    {
        server.Process.Kill();
        try
        {
            server.Process.Reap();
        }
        catch (CallException)
        {
            // Another process has reaped it.
        }

        server.Dispose();
    }

    /// <summary>Reaps a fork server that has ended. A debugger that traces it is told first by the kernel.</summary>
    private static bool IsGone(ForkServer server)
    {
        try
        {
            if (server.Process.TryReap() is null)
            {
                return false;
            }
        }
        catch (CallException)
        {
            // Another process has reaped it.
        }

        server.Dispose();
        return true;
    }
}
