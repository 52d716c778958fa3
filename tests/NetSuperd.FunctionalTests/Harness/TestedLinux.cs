namespace NetSuperd.FunctionalTests.Harness;

/// <summary>Linux itself.</summary>
internal sealed class TestedLinux : TestedSystem
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Starter => [];

    /// <inheritdoc/>
    public override int StopSignal => RunningProcess.SIGTERM;

    /// <inheritdoc/>
    public override bool CountsBacklogs => true;

    /// <summary>Children of a daemon that is root are root.</summary>
    public override string Defaults => Environment.IsPrivilegedProcess ? "\n[defaults]\nuser = \"root\"\n" : "";

    /// <inheritdoc/>
    public override string PathOf(string path) => path;

    /// <inheritdoc/>
    public override string Written(string path) => path;

    /// <inheritdoc/>
    public override string Control(Scratch scratch) => scratch["control.sock"];

    /// <inheritdoc/>
    public override Task<TcpPeer> ConnectControlAsync(string control) => TcpPeer.ConnectUnixAsync(control);

    /// <inheritdoc/>
    public override IReadOnlyList<string> InNetwork(Scratch scratch) => [];

    /// <inheritdoc/>
    public override Task LeaveNetworkAsync(Scratch scratch) => Task.CompletedTask;

    /// <inheritdoc/>
    public override Task NoZombiesAsync(int daemon) =>
        Deadline.UntilAsync(() => ProcFiles.Children(daemon).All(child => child.State != 'Z'), $"no zombie of daemon {daemon}");
}
