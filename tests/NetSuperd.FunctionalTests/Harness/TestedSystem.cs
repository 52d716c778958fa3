namespace NetSuperd.FunctionalTests.Harness;

/// <summary>
/// The system that the tested program is built for: Linux, or Windows, whose program runs under Wine. The tests and their clients are
/// programs of Linux either way.
/// </summary>
internal abstract class TestedSystem
{
    /// <summary>The one of the built tree.</summary>
    public static TestedSystem Current { get; } = BuiltTree.Program.EndsWith(".exe", StringComparison.Ordinal)
        ? new TestedWine()
        : new TestedLinux();

    /// <summary>Whether the program runs under Wine: for the attributes of tests that Wine cannot do.</summary>
    public static bool IsWine => Current is TestedWine;

    /// <summary>What starts a program of the system, before its path; empty: it starts by itself.</summary>
    public abstract IReadOnlyList<string> Starter { get; }

    /// <summary>The signal that stops a daemon in order.</summary>
    public abstract int StopSignal { get; }

    /// <summary>Whether it tells how many connections wait in a backlog.</summary>
    public abstract bool CountsBacklogs { get; }

    /// <summary>A table that maps of this run need; empty: none.</summary>
    public abstract string Defaults { get; }

    /// <summary>A path of this machine as the program names it.</summary>
    public abstract string PathOf(string path);

    /// <summary>The same path as the program writes it.</summary>
    public abstract string Written(string path);

    /// <summary>The address of the control channel of a daemon.</summary>
    /// <param name="scratch">The daemon's folder.</param>
    public abstract string Control(Scratch scratch);

    /// <summary>Connects to a control channel.</summary>
    public abstract Task<TcpPeer> ConnectControlAsync(string control);

    /// <summary>The words of a command that let what follows run in a network of its own.</summary>
    /// <param name="scratch">A folder of the network.</param>
    public abstract IReadOnlyList<string> InNetwork(Scratch scratch);

    /// <summary>The end of such a network.</summary>
    public abstract Task LeaveNetworkAsync(Scratch scratch);

    /// <summary>Waits until no child of a daemon has ended without being reaped.</summary>
    public abstract Task NoZombiesAsync(int daemon);

    /// <summary>The command of this machine that runs a program of the system.</summary>
    public string[] Command(string program, params IEnumerable<string> arguments) => [.. Starter, program, .. arguments];
}
