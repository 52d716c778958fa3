using System.Runtime.CompilerServices;
using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

/// <summary>
/// This program a second time, as a child that does one thing to itself which would harm the test run: chosen by an environment variable,
/// before the test runner gets to run.
/// </summary>
internal static class ModuleMain
{
    public const string Variable = "NETSUPERD_TEST_DEED";
    public const string ChildSignals = "child-signals";
    public const string Listen = "listen";
    public const string CountDescriptors = "count-descriptors";

#pragma warning disable CA2255 // The initializer is the only code of a test program that runs before the runner's own Main.
    [ModuleInitializer]
    public static void Run()
#pragma warning restore CA2255
    {
        switch (Environment.GetEnvironmentVariable(Variable))
        {
            case ChildSignals:
                ReapAfterIgnoring();
                break;
            case Listen:
                TakeListenDescriptors();
                break;
            case CountDescriptors:
                CountWithoutOneLeft();
                break;
            default:
                return;
        }

        Environment.Exit(0);
    }

    /// <summary>
    /// Takes the descriptors of socket activation twice, and tells of what came the first time; then what is left in the environment.
    /// </summary>
    private static void TakeListenDescriptors()
    {
        foreach (var taken in ListenDescriptors.Take())
        {
            var kind = InheritedSocket.Describe(taken.Handle)?.Path ?? "no socket";
            Console.WriteLine($"{taken.Number} {taken.Name} {kind} {Libc.fcntl(taken.Handle, Libc.F_GETFD, 0)}");
        }

        var left = Environment.GetEnvironmentVariables().Keys
            .Cast<string>()
            .Count(name => name.StartsWith("LISTEN_", StringComparison.Ordinal));
        Console.WriteLine($"{ListenDescriptors.Take().Count} {left}");
    }

    /// <summary>Counts the descriptors while the limit is below their number.</summary>
    private static unsafe void CountWithoutOneLeft()
    {
        // Once before, because what the runtime loads for it takes a descriptor as well.
        Console.WriteLine(Descriptors.Count() < Descriptors.Limit);
        var limits = stackalloc ulong[2];
        _ = Libc.getrlimit(LimitedResource.RLIMIT_NOFILE, limits);
        var soft = limits[0];
        limits[0] = 3;
        _ = Libc.setrlimit(LimitedResource.RLIMIT_NOFILE, limits);
        var count = Descriptors.Count();
        limits[0] = soft;
        _ = Libc.setrlimit(LimitedResource.RLIMIT_NOFILE, limits);
        Console.WriteLine(count);
    }

    /// <summary>Ignores SIGCHLD as a parent may have done, resets it, and reaps a child.</summary>
    private static void ReapAfterIgnoring()
    {
        const int SIG_IGN = 1;
        _ = Libc.signal(Libc.SIGCHLD, SIG_IGN);
        Native.ChildSignals.ResetDisposition();

        // On this thread: others wait for the end of the initializer before they may touch this assembly.
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
        using var child = ChildProcess.Start(Spawned.Shell("exit 3") with { Descriptors = [nothing, nothing, nothing] });
        Console.WriteLine(Spawned.Reap(child).Status);
    }
}
