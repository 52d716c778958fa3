using System.Runtime.CompilerServices;

namespace NetSuperd.Native.Tests;

/// <summary>
/// This program a second time, as a child that does one thing to itself which would harm the test run: chosen by an environment variable,
/// before the test runner gets to run.
/// </summary>
internal static class ModuleMain
{
    public const string Variable = "NETSUPERD_TEST_DEED";
    public const string StandardStreams = "standard-streams";
    public const string ChildSignals = "child-signals";

#pragma warning disable CA2255 // The initializer is the only code of a test program that runs before the runner's own Main.
    [ModuleInitializer]
    public static void Run()
#pragma warning restore CA2255
    {
        switch (Environment.GetEnvironmentVariable(Variable))
        {
            case StandardStreams:
                CloseAndEnsure();
                break;
            case ChildSignals:
                ReapAfterIgnoring();
                break;
            default:
                return;
        }

        Environment.Exit(0);
    }

    /// <summary>Closes 0 and 2, and writes to 1 what is open there afterwards.</summary>
    private static void CloseAndEnsure()
    {
        using var output = new StreamWriter(Console.OpenStandardOutput());
        _ = Libc.close(0);
        _ = Libc.close(2);
        Native.StandardStreams.EnsureOpen();
        output.WriteLine(string.Join(' ', Link(0), Link(2), File.ResolveLinkTarget("/proc/self/fd/1", false)!.FullName.Contains("pipe:", StringComparison.Ordinal)));
        _ = Libc.close(1);
        Native.StandardStreams.EnsureOpen();
        using var told = new StreamWriter(Environment.GetEnvironmentVariable("NETSUPERD_TEST_FILE")!);
        told.WriteLine(Link(1));
    }

    /// <summary>Ignores SIGCHLD as a parent may have done, resets it, and reaps a child.</summary>
    private static void ReapAfterIgnoring()
    {
        const int SIG_IGN = 1;
        _ = Libc.signal(Libc.SIGCHLD, SIG_IGN);
        Native.ChildSignals.ResetDisposition();

        // On this thread: others wait for the end of the initializer before they may touch this assembly.
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
        var pid = new SpawnThread().Start(Spawned.Shell("exit 3") with { Descriptors = [nothing, nothing, nothing] });
        using var child = ChildProcess.Watch(pid);
        Console.WriteLine(Spawned.Reap(child).Status);
    }

    private static string Link(int fd) => new FileInfo($"/proc/self/fd/{fd}").LinkTarget ?? "closed";
}
