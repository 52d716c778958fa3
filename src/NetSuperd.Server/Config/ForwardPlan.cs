using System.Collections.Immutable;
using System.Net;

namespace NetSuperd.Server.Config;

/// <summary>Where the connections of a service with <c>forward</c> go. The defaults are those of <see cref="Keys.ForwardKeys"/>.</summary>
public sealed record ForwardPlan
{
    /// <summary>The targets, at least one.</summary>
    public required ImmutableArray<ForwardTarget> Targets { get; init; }

    /// <summary>Which target gets a connection.</summary>
    public required Balance Balance { get; init; }

    /// <summary>How long a connection to one address of a target may take.</summary>
    public required TimeSpan ConnectTimeout { get; init; }

    /// <summary>The own address of connections to targets; null: the system chooses it.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>Whether connections to targets come from the address of the client.</summary>
    public required bool Transparent { get; init; }

    /// <summary>The version of the PROXY header that a target gets first; null: none.</summary>
    public int? SendProxy { get; init; }

    /// <summary>How connections to targets are encrypted; null: they are not.</summary>
    public TlsToPlan? TlsTo { get; init; }
}
