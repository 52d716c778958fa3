using System.Collections.Immutable;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config;

/// <summary>An entry of <c>clients</c>: what the children of some clients get instead of what the others get.</summary>
/// <param name="At">Where it stands.</param>
public sealed record ClientRule(Position At)
{
    /// <summary>The clients that it is for.</summary>
    public ImmutableArray<PeerRule> From { get; init; } = [];

    /// <summary>Variables beside those of the service, or in their place.</summary>
    public ImmutableSortedDictionary<string, string> Env { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The program and its arguments; empty: those of the service.</summary>
    public ImmutableArray<string> Exec { get; init; } = [];

    /// <summary>Where the program stands.</summary>
    internal Position ExecAt { get; init; } = At;

    /// <summary>The program of the children, with everything that the service says of it; null until the service is bound.</summary>
    public ChildProgram? Program { get; init; }

    /// <summary>The program of the service, as the children of these clients get it.</summary>
    internal ChildProgram Apply(ChildProgram program) => program with
    {
        Path = Exec is [var path, ..] ? path : program.Path,
        Arguments = Exec is [_, .. var arguments] ? arguments : program.Arguments,
        Argv0 = Exec is [var name, ..] ? name : program.Argv0,
        Env = program.Env.SetItems(Env),
    };
}
