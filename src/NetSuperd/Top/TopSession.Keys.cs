using NetSuperd.Commands;
using NetSuperd.Control;
using NetSuperd.Server.Tally;

namespace NetSuperd.Top;

// What the keys do.
internal sealed partial class TopSession
{
    private void Take(TypedKey key)
    {
        _said = null;
        if (_typed is { } typed)
        {
            Type(typed, key);
        }
        else if (_page is { } page)
        {
            if (!page.Move(key.Key) && key is { Text: "q" } or { Key: KeyName.Escape or KeyName.Enter })
            {
                _page = null;
            }
        }
        else if (!_view.Move(key.Key))
        {
            Command(key);
        }
    }

    private void Command(TypedKey key)
    {
        switch (key)
        {
            case { Text: "q" }:
                _isOver = true;
                break;
            case { Text: "?" or "h" }:
                _page = new TextPage(HelpText.Title, HelpText.Keys);
                break;
            case { Key: KeyName.Tab or KeyName.Right }:
                Turn(1);
                break;
            case { Key: KeyName.Left }:
                Turn(_views.Count - 1);
                break;
            case { Text: "1" or "2" or "3" }:
                TurnTo(_views[key.Text[0] - '1']);
                break;
            case { Text: "s" }:
                _view.SortNext();
                break;
            case { Text: "R" or "r" }:
                _view.Reverse();
                break;
            case { Text: "f" or " " }:
                _isFrozen = !_isFrozen;
                LookNow();
                break;
            case { Text: "/" }:
                _typed = new TypedText("filter: ", _view.Filter, TypedText.Use.Filter);
                break;
            case { Key: KeyName.Enter }:
                ShowDetails();
                break;
            case { Text: "p" }:
                Pause();
                break;
            case { Text: "a" }:
                AskToAbort();
                break;
            case { Text: "e" }:
                AskToExplain();
                break;
            default:
                break;
        }
    }

    private void Turn(int steps) => TurnTo(_views[(_views.ToList().IndexOf(_view) + steps) % _views.Count]);

    private void TurnTo(RowsView view)
    {
        _view = view;
        if (!_isFrozen)
        {
            Follow();
            LookNow();
        }
    }

    private void Type(TypedText typed, TypedKey key)
    {
        if (typed.Kind == TypedText.Use.Abort)
        {
            _typed = null;
            if (key.Text is "y" or "Y")
            {
                Order(ControlRequest.Of(ControlCommand.Abort) with { Id = typed.Id }, $"connection {typed.Id} is aborted");
            }

            return;
        }

        _typed = key.Key is KeyName.Escape or KeyName.Enter ? null : typed.After(key);
        if (key.Key != KeyName.Enter)
        {
            return;
        }

        if (typed.Kind == TypedText.Use.Filter)
        {
            _view.Choose(typed.Text.Trim());
            LookNow();
        }
        else if (typed.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var peer, .. var rest] && rest.Length < 2
            && (rest.FirstOrDefault() ?? typed.Socket) is { } socket)
        {
            _asking = Task.WhenAll(_asking, ExplainAsync(peer, socket));
        }
        else
        {
            _said = new ShownLine("to explain takes a peer and a socket, such as: 203.0.113.9 2005", Tone.Trouble);
        }
    }

    private void Pause()
    {
        if (_view != _services || _services.Chosen is not { } service)
        {
            _said = new ShownLine("p pauses and resumes the service that is chosen in the view Services");
            return;
        }

        var isPaused = service.State == "paused";
        var command = isPaused ? ControlCommand.Resume : ControlCommand.Pause;
        Order(ControlRequest.Of(command) with { Service = service.Name }, $"{service.Name} is {(isPaused ? "resumed" : "paused")}");
    }

    private void AskToAbort()
    {
        if (_view != _connections || _connections.Chosen is not { } live)
        {
            _said = new ShownLine("a aborts the connection that is chosen in the view Connections");
            return;
        }

        _typed = new TypedText($"abort connection {live.Id} of {live.Service} from {live.Peer}? y/n ", "", TypedText.Use.Abort)
        {
            Id = live.Id,
        };
    }

    private void AskToExplain()
    {
        var known = _view == _connections && _connections.Chosen is { } live ? $"{PeerOf(live.Peer)} {live.Local}" : "";
        var socket = _view == _services && _services.Chosen is { } service ? SocketOf(service) : null;
        var prompt = socket is null ? "explain PEER SOCKET: " : $"explain PEER [SOCKET, else {socket}]: ";
        _typed = new TypedText(prompt, known, TypedText.Use.Explanation) { Socket = socket };
    }

    private string? SocketOf(ServiceStatus service) =>
        _look?.Status?.Sockets.FirstOrDefault(socket => socket.Service == service.Name)?.Socket;

    /// <summary>The peer of a connection as <c>explain</c> takes it: without its port, or the process of a user.</summary>
    private static string PeerOf(string peer) => peer.Split(' ')[0] is var end && end.StartsWith("uid:", StringComparison.Ordinal) ? end
        : end.LastIndexOf(':') is > 0 and var colon ? end[..colon].Trim('[', ']')
        : end;

    private void ShowDetails()
    {
        var now = TimeProvider.System.GetUtcNow();
        if (_view == _services && _services.Chosen is { } service && _look?.Status is { } status)
        {
            _page = new TextPage(service.Name, StatusText.Details(status, service, now, Terminal.Room));
        }
        else if (_view == _connections && _connections.Chosen is { } live)
        {
            _page = new TextPage($"Connection {live.Id}", ConnectionsText.Details(live));
        }
        else if (_view == _seen && _seen.Chosen is { } seen)
        {
            _page = new TextPage("Event", seen.Text);
        }
    }

    private void Order(ControlRequest request, string done)
    {
        _said = new ShownLine("...");
        _asking = Task.WhenAll(_asking, OrderAsync(request, done));
    }

    private async Task OrderAsync(ControlRequest request, string done)
    {
        var answer = await _daemon.OrderAsync(request, _stop.Token);
        var isDone = answer.Status == ExitStatus.Ok;
        _messages.Writer.TryWrite(new TopMessage.Done(isDone ? done : string.Join(' ', answer.Messages), !isDone));
    }

    private async Task ExplainAsync(string peer, string socket)
    {
        var request = ControlRequest.Of(ControlCommand.Explain) with { Peer = peer, Socket = socket };
        var answer = await _daemon.AskAsync(request, _stop.Token);
        var problem = answer.Status != ExitStatus.Ok ? string.Join('\n', answer.Messages)
            : answer.Explained is null ? "the daemon is of a version that does not explain; after an upgrade run 'netsuperd restart'"
            : answer.Explained.Entries.Count == 0 ? $"no entry of the map answers {peer} at {socket}"
            : null;
        _messages.Writer.TryWrite(new TopMessage.Answered(
            $"{peer} at {socket}", problem ?? ExplainCommand.Text(peer, answer.Explained!)));
    }
}
