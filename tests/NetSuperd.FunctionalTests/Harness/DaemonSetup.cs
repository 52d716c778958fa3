namespace NetSuperd.FunctionalTests.Harness;

/// <summary>How a daemon is started, where a test wants it otherwise.</summary>
public sealed record DaemonSetup
{
    /// <summary>A program and its arguments that exec the daemon, such as <c>prlimit</c>.</summary>
    public IReadOnlyList<string> Through { get; init; } = [];

    /// <summary>The program, where it is not the built one.</summary>
    public string Program { get; init; } = BuiltTree.Program;

    /// <summary>Arguments of <c>run</c> instead of <c>--config</c> and the map.</summary>
    public IReadOnlyList<string>? Arguments { get; init; }

    /// <summary>Variables of the environment to set.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The Error-level events that the test provokes.</summary>
    public IReadOnlyList<string> Expected { get; init; } = [];

    /// <summary>The file of the log, below the daemon's folder, where the map sends it to one.</summary>
    public string? LogFile { get; init; }

    /// <summary>A port to be answered before the daemon counts as started, where the log does not say it.</summary>
    public string? AnswersOn { get; init; }

    /// <summary>Prepares the daemon's folder before the start.</summary>
    public Action<Scratch>? Prepare { get; init; }
}
