using System.Globalization;

namespace NetSuperd.Native;

/// <summary>The first process of a container (pid_namespaces(7)), which is netsuperd-exec, and the daemon's messages to it.</summary>
public static class InitProcess
{
    // The process id of netsuperd-exec in that role; it sets the variable for the daemon.
    private const string Variable = "NETSUPERD_INIT";

    // The last signal of signal(7), which nothing else uses; netsuperd-exec waits for it (init.h).
    private const int Replaced = 64;

    /// <summary>
    /// Where this process is the first one, it executes netsuperd-exec in its place, which starts the program again as its child. It does
    /// not return then.
    /// </summary>
    /// <param name="helper">The path of netsuperd-exec.</param>
    public static void StepAside(string helper)
    {
        if (Environment.ProcessId == 1 && StartedProgram.Path is { } program && ProcessArguments.Read() is { Count: > 0 } arguments)
        {
            var listens = Environment.GetEnvironmentVariable("LISTEN_PID") == "1";
            ProcessArguments.Execute(
                helper,
                [
                    .. Bytes(helper, "--keep-rights", "--init"), .. listens ? Bytes("--listen-pid") : [], .. Bytes("--", program),
                    .. arguments.Skip(1),
                ]);
        }
    }

    /// <summary>Tells it which process is the daemon from now on.</summary>
    public static void Follow(int pid)
    {
        if (Libc.getppid() is var parent
            && Environment.GetEnvironmentVariable(Variable) == parent.ToString(CultureInfo.InvariantCulture))
        {
            _ = Libc.sigqueue(parent, Replaced, pid);
        }
    }

    private static IEnumerable<byte[]> Bytes(params string[] arguments) => arguments.Select(System.Text.Encoding.UTF8.GetBytes);
}
