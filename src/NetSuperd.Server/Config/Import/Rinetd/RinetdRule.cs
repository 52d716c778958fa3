namespace NetSuperd.Server.Config.Import.Rinetd;

/// <summary>A line of rinetd.conf that forwards connections or datagrams.</summary>
/// <param name="Address">The address of this host.</param>
/// <param name="Port">Its port.</param>
/// <param name="IsDatagram">Whether it is a port of UDP.</param>
/// <param name="Host">The target.</param>
/// <param name="TargetPort">Its port.</param>
/// <param name="IsTargetDatagram">Whether that is a port of UDP.</param>
internal sealed record RinetdRule(Word Address, Word Port, bool IsDatagram, Word Host, Word TargetPort, bool IsTargetDatagram)
{
    /// <summary>How long a client of UDP may be silent, in seconds; null: the default.</summary>
    public Word? Timeout { get; init; }

    /// <summary>The address of this host from which the target is reached; null: the system chooses it.</summary>
    public Word? Source { get; init; }

    /// <summary>The clients of this line alone.</summary>
    public List<RinetdClients> Clients { get; } = [];
}

/// <summary>A line <c>allow</c> or <c>deny</c>.</summary>
/// <param name="Allows">Which of the two.</param>
/// <param name="Pattern">The pattern.</param>
internal sealed record RinetdClients(bool Allows, Word Pattern);
