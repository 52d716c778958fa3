using System.Globalization;
using NetSuperd.Commands;
using NetSuperd.Control;
using NetSuperd.Server;

namespace NetSuperd.Top;

/// <summary>The connections and children.</summary>
internal sealed class ConnectionView() : RowsView<ListedConnection>(
    [" ID", "SERVICE~", "PEER~", "STATE", " AGE", " IDLE", " RECV", " SENT", " PID", "TARGET?", "LOCAL?"],
    new("id", live => live.Id),
    new("service", live => live.Service),
    new("peer", live => live.Peer),
    new("state", live => live.State),
    new("age", live => live.AgeSeconds, LargestFirst: true),
    new("idle", live => live.IdleSeconds, LargestFirst: true),
    new("received", live => live.Received, LargestFirst: true),
    new("sent", live => live.Sent, LargestFirst: true),
    new("pid", live => live.Pid))
{
    private string _service = "";

    /// <inheritdoc/>
    public override string Name => "Connections";

    /// <summary>The question for those that are shown: the daemon leaves out the others, except by a part of a service's name.</summary>
    public ControlRequest Question { get; private set; } = ControlRequest.Of(ControlCommand.Connections);

    /// <inheritdoc/>
    public override void Choose(string filter)
    {
        var question = ControlRequest.Of(ControlCommand.Connections);
        _service = "";
        foreach (var word in filter.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (ConnectionFilter.States.Contains(word))
            {
                question = question with { State = word };
            }
            else if (ConnectionFilter.Read(null, word, null, null, MapArguments.Host.Names, out _) is not null)
            {
                question = question with { Peer = word };
            }
            else
            {
                _service = word;
            }
        }

        Question = question;
        base.Choose(filter);
    }

    /// <inheritdoc/>
    protected override object KeyOf(ListedConnection row) => row.Id;

    /// <inheritdoc/>
    protected override bool Matches(ListedConnection row) => row.Service.Contains(_service, StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    protected override Tone ToneOf(ListedConnection row) => row.State == "close-wait" ? Tone.Warning : Tone.Plain;

    /// <inheritdoc/>
    protected override string?[] Cells(ListedConnection row) =>
    [
        row.Id.ToString(CultureInfo.InvariantCulture),
        row.Service,
        row.Peer,
        row.State,
        Age.Format(TimeSpan.FromSeconds(row.AgeSeconds)),
        row.IdleSeconds is { } idle ? Age.Format(TimeSpan.FromSeconds(idle)) : null,
        Amount.Short(row.Received),
        Amount.Short(row.Sent),
        row.Pid?.ToString(CultureInfo.InvariantCulture),
        row.Target,
        row.Local,
    ];
}
