using System.Collections.Immutable;

namespace NetSuperd.Server.Config;

/// <summary>What a child of a service is: program, arguments and surroundings. Nothing that a peer sent is part of it.</summary>
public sealed record ChildProgram
{
    /// <summary>The absolute path of the program.</summary>
    public required string Path { get; init; }

    /// <summary>The arguments after the program's name.</summary>
    public required ImmutableArray<string> Arguments { get; init; }

    /// <summary>The program's name as it sees it, <c>argv[0]</c>; default: the path.</summary>
    public required string Argv0 { get; init; }

    /// <summary>The absolute path of the working directory; default <c>/</c>.</summary>
    public required string Cwd { get; init; }

    /// <summary>The file mode creation mask, umask(2); default 022.</summary>
    public required int Umask { get; init; }

    /// <summary>Variables that the map sets.</summary>
    public required ImmutableSortedDictionary<string, string> Env { get; init; }

    /// <summary>Names of variables that the child gets from the daemon's own environment, where they are set there.</summary>
    public required ImmutableArray<string> PassEnv { get; init; }
}
