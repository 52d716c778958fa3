namespace NetSuperd.FunctionalTests.Harness;

/// <summary>Descriptors whose close lasts, sent to a unix socket of a daemon (<c>fixtures/lasting-close.c</c>).</summary>
internal static class LastingClose
{
    /// <summary>
    /// Sends them while the daemon is stopped: if it closed one before the sender does, the close would last in the sender.
    /// </summary>
    /// <returns>The sender, which keeps the other ends open, and its word: <c>sent</c> or <c>refused</c>.</returns>
    public static async Task<(RunningProcess Sender, string Word)> SendAsync(Daemon daemon, string type, string address)
    {
        var program = await CFixture.CompileAsync("lasting-close", daemon.Scratch);
        daemon.Signal(RunningProcess.SIGSTOP);
        await Deadline.UntilAsync(() => ProcFiles.IsStopped(daemon.Pid), "the stop");
        var sender = RunningProcess.Start(program, [type, address]);
        var word = await sender.Output.FindAsync(line => line, "what became of the descriptors");
        daemon.Signal(RunningProcess.SIGCONT);
        return (sender, word);
    }
}
