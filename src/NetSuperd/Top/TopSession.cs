using System.Runtime.InteropServices;
using System.Threading.Channels;
using NetSuperd.Commands;
using NetSuperd.Control;
using NetSuperd.Native;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Top;

/// <summary>The live view of <c>netsuperd top</c>, from its start to its end.</summary>
/// <remarks>
/// Overview. Keys, answers, signals and the clock become messages, and one loop takes them one after the other and draws what has changed.
/// The daemon is asked beside the loop, one look at a time, and less often where a look takes long: a daemon that is slow or away stops
/// neither the keys nor the end.
/// </remarks>
internal sealed partial class TopSession : IDisposable
{
    // A look takes at most this part of the time.
    private const int PauseToLook = 4;

    // After this time the operator is told that the daemon has not answered.
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(3);

    private readonly WatchedDaemon _daemon;
    private readonly TimeSpan _interval;
    private readonly Channel<TopMessage> _messages = Channel.CreateUnbounded<TopMessage>();
    private readonly CancellationTokenSource _stop = new();
    private readonly Rates _rates = new();
    private readonly RecentEvents _events = new();
    private readonly ServiceView _services;
    private readonly ConnectionView _connections = new();
    private readonly EventView _seen = new();
    private readonly IReadOnlyList<RowsView> _views;
    private readonly bool _isReadOnly;
    private RowsView _view;
    private TextPage? _page;
    private TypedText? _typed;
    private ShownLine? _said;
    private Look? _look;
    private Task _looking = Task.CompletedTask;
    private Task _asking = Task.CompletedTask;
    private DateTimeOffset _lookBegan;
    private DateTimeOffset _nextLook;
    private DateTimeOffset? _awaySince;
    private bool _isFrozen;
    private bool _isOver;

    /// <param name="daemon">The daemon.</param>
    /// <param name="first">The first look at it.</param>
    /// <param name="interval">The time between two looks.</param>
    /// <param name="isReadOnly">Whether the daemon takes no orders from this user.</param>
    public TopSession(WatchedDaemon daemon, Look first, TimeSpan interval, bool isReadOnly)
    {
        (_daemon, _interval, _isReadOnly) = (daemon, interval, isReadOnly);
        _services = new ServiceView(_rates);
        _views = [_services, _connections, _seen];
        _view = _services;
        Take(first);
    }

    /// <summary>The lines as they are now: plain, whatever the daemon has answered, and no wider than there is room for.</summary>
    public IReadOnlyList<ShownLine> Frame(int rows, LineRoom room)
    {
        var now = TimeProvider.System.GetUtcNow();
        var lines = new List<ShownLine>
        {
            Head.Daemon(_look, _rates, AwaySince(now), now),
            Head.Views(_views, _view, _isFrozen, _isReadOnly),
        };
        var space = rows - lines.Count - 1;
        lines.AddRange((_page?.Lines(space, room) ?? _view.Lines(space, room)).Take(Math.Max(0, space)));
        while (lines.Count < rows - 1)
        {
            lines.Add(new ShownLine(""));
        }

        lines.Add(_typed is { } typed ? new ShownLine(typed.Line(room.Cells), Tone.Strong)
            : _said ?? new ShownLine(_page is null
                ? "? help  q quit  Tab view  / filter  s sort  p pause  a abort  e explain"
                : "q back  Up Down PageUp PageDown"));
        return [.. lines.Take(rows).Select(line => line with { Text = room.Fit(PlainText.Of(line.Text)) })];
    }

    /// <summary>Shows it until the operator ends it.</summary>
    /// <returns>The exit status.</returns>
    public async Task<int> RunAsync(Screen screen)
    {
        using var signals = new Registrations(_messages.Writer);
        var events = _events.RunAsync(_daemon, _stop.Token);
        var clock = TickAsync(_stop.Token);
        try
        {
            screen.Take();
            var keys = KeyReader.RunAsync(_messages.Writer);
            while (!_isOver)
            {
                var room = Terminal.Room ?? new LineRoom(Terminal.Size.Columns, "...");
                screen.Show(Frame(Terminal.Size.Rows, room), room);
                await _messages.Reader.WaitToReadAsync(CancellationToken.None);
                while (!_isOver && _messages.Reader.TryRead(out var message))
                {
                    Take(message, screen);
                }
            }

            // Not awaited: a read of the terminal ends with the process.
            _ = keys;
        }
        finally
        {
            screen.GiveBack();
        }

        await _stop.CancelAsync();
        try
        {
            await Task.WhenAll(events, clock, _looking, _asking);
        }
        catch (OperationCanceledException)
        {
            // That was the cancellation.
        }

        return ExitStatus.Ok;
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_interval < TimeSpan.FromSeconds(1) ? _interval : TimeSpan.FromSeconds(1));
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            _messages.Writer.TryWrite(new TopMessage.Due());
        }
    }

    private void Take(TopMessage message, Screen screen)
    {
        switch (message)
        {
            case TopMessage.Typed { Key: { Key: KeyName.Redraw } }:
            case TopMessage.Resized:
                screen.Clear();
                break;
            case TopMessage.Typed typed:
                Take(typed.Key);
                break;
            case TopMessage.Due when !_isFrozen:
                Follow();
                LookIfDue();
                break;
            case TopMessage.Seen seen when !_isFrozen:
                Take(seen.Look);
                break;
            case TopMessage.Done done:
                _said = new ShownLine(done.Text, done.IsTrouble ? Tone.Trouble : Tone.Good);
                _page = done.IsTrouble && LineRoom.CellsOf(done.Text) > Terminal.Size.Columns ? new TextPage("Not done", done.Text) : _page;
                LookNow();
                break;
            case TopMessage.Answered answered:
                _page = new TextPage(answered.Title, answered.Text);
                _said = null;
                break;
            case TopMessage.Suspended:
                screen.GiveBack();
                ProcessStop.Now();
                screen.Take();
                break;
            case TopMessage.Ended:
                _isOver = true;
                break;
            default:
                break;
        }
    }

    private void Take(Look look)
    {
        _awaySince = look.Status is not null ? null : _awaySince ?? look.At;
        _look = look;
        if (look.Status is { } status)
        {
            _rates.Note(look.At, status);
            _services.Take(status.Services);
        }

        if (look.Connections is { } connections)
        {
            _connections.Take(connections);
        }

        Follow();
    }

    /// <summary>Since when the daemon has not answered; null: it answers. One that is stopped keeps a look waiting.</summary>
    private DateTimeOffset? AwaySince(DateTimeOffset now) =>
        _awaySince ?? (!_looking.IsCompleted && now - _lookBegan > Slow ? _lookBegan : null);

    private void Follow()
    {
        if (_view == _seen)
        {
            _seen.Follow(_events.All);
        }
    }

    /// <summary>Looks at once, since the operator has asked for something else.</summary>
    private void LookNow()
    {
        _nextLook = default;
        LookIfDue();
    }

    private void LookIfDue()
    {
        if (_looking.IsCompleted && TimeProvider.System.GetUtcNow() >= _nextLook)
        {
            _looking = LookAsync(_view == _connections ? _connections.Question : null);
        }
    }

    private async Task LookAsync(ControlRequest? question)
    {
        var began = _lookBegan = TimeProvider.System.GetUtcNow();
        var look = await _daemon.LookAsync(question, _stop.Token);
        var took = TimeProvider.System.GetUtcNow() - began;

        // A little less than the interval, so that the next tick is not a moment too early.
        _nextLook = began + (_interval * 0.9 > took * PauseToLook ? _interval * 0.9 : took * PauseToLook);
        _messages.Writer.TryWrite(new TopMessage.Seen(look));
    }

    /// <summary>Makes messages of the signals.</summary>
    private sealed class Registrations(ChannelWriter<TopMessage> messages) : IDisposable
    {
        private readonly List<PosixSignalRegistration> _all =
        [
            .. ((PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT])
                .Select(signal => PosixSignalRegistration.Create(signal, context => Pass(context, messages, new TopMessage.Ended()))),
            PosixSignalRegistration.Create(
                PosixSignal.SIGTSTP, context => Pass(context, messages, new TopMessage.Suspended())),
            PosixSignalRegistration.Create(PosixSignal.SIGWINCH, context => Pass(context, messages, new TopMessage.Resized())),
        ];

        public void Dispose() => _all.ForEach(registration => registration.Dispose());

        private static void Pass(PosixSignalContext context, ChannelWriter<TopMessage> messages, TopMessage message)
        {
            context.Cancel = true;
            messages.TryWrite(message);
        }
    }
}
