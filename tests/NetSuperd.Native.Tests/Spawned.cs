using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

/// <summary>Children of the tests: with <c>/dev/null</c> on 0 and a pipe on 1 and 2.</summary>
internal static class Spawned
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>A request for a shell command.</summary>
    public static SpawnRequest Shell(string command) => new()
    {
        Path = "/bin/sh",
        Arguments = ["sh", "-c", command],
        Environment = ["PATH=/usr/bin:/bin"],
        Descriptors = [],
    };

    /// <summary>Runs the child to its end.</summary>
    public static (string Output, ChildEnd End) Run(SpawnRequest request, params SafeHandle[] more)
    {
        using var nothing = File.OpenHandle("/dev/null");
        using var output = Pipe.Create();
        using var child = ChildProcess.Start(request with { Descriptors = [nothing, output.Writer, output.Writer, .. more] });
        output.Writer.Dispose();
        return (ReadToEnd(output), Reap(child));
    }

    /// <summary>Starts a child that runs until it is killed.</summary>
    public static ChildProcess StartSleeper()
    {
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
        return ChildProcess.Start(Shell("exec sleep 1000") with { Descriptors = [nothing, nothing, nothing] });
    }

    /// <summary>Waits for the end of a child by its descriptor, and reaps it.</summary>
    public static ChildEnd Reap(ChildProcess child)
    {
        using var epoll = new Epoll();
        epoll.Add(child.End!, 1);
        var ready = new List<long>();
        epoll.Wait(Patience, ready);
        return child.TryReap() ?? throw new TimeoutException("the child does not end");
    }

    private static string ReadToEnd(Pipe pipe)
    {
        using var epoll = new Epoll();
        epoll.Add(pipe.Reader, 1);
        var text = new MemoryStream();
        var buffer = new byte[4096];
        var ready = new List<long>();
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < Patience;)
        {
            epoll.Wait(Patience, ready);
            switch (pipe.Read(buffer))
            {
                case 0:
                    return Encoding.UTF8.GetString(text.ToArray());
                case > 0 and var count:
                    text.Write(buffer, 0, count);
                    break;
            }
        }

        throw new TimeoutException("the pipe has no end");
    }
}
