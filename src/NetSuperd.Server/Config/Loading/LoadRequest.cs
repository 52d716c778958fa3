using System.Collections.Immutable;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Loading;

/// <summary>What to load, and for which user.</summary>
public sealed record LoadRequest
{
    /// <summary>What the system offers.</summary>
    public required Host Host { get; init; }

    /// <summary>The map; null: <c>--port</c> alone.</summary>
    public string? File { get; init; }

    /// <summary>The arguments of <c>--port KEY=SERVICE</c>, added to the map's <c>[ports]</c>.</summary>
    public ImmutableArray<string> Ports { get; init; } = [];

    /// <summary>Imported services, which are checked like a drop-in; null: none.</summary>
    internal TableNode? Imported { get; init; }

    /// <summary>Whether an imported service with something missing is just unavailable.</summary>
    internal bool SkipsUnavailable { get; init; }

    /// <summary>Whether the map is going to run: what depends on the user that asks is then an error and not a warning.</summary>
    public required bool ToRun { get; init; }

    /// <summary>Whether the process is root: files that other users can write are then not trusted.</summary>
    public required bool IsRoot { get; init; }

    /// <summary>The folder of plugins where the map names none.</summary>
    public required string DefaultPlugins { get; init; }

    /// <summary>The names of the built-in handlers, whose connections have an idle timeout by default.</summary>
    public IReadOnlySet<string> Builtins { get; init; } = ImmutableHashSet<string>.Empty;

    /// <summary>The path of netsuperd-exec, through which children are started.</summary>
    public required string ExecHelper { get; init; }

    /// <summary>The path of the daemon's own program, of which workers are processes.</summary>
    public string Program { get; init; } = Environment.ProcessPath!;
}
