using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Top;

/// <summary>
/// A small process that gives the terminal back if this one is killed: a shell that waits for a word. It is in a session of its own, so
/// that no signal of the terminal reaches it.
/// </summary>
internal sealed class TerminalGuard : IDisposable
{
    private const string Shell = "/bin/sh";
    private const string Script = "read word; [ \"$word\" = done ] || { stty \"$1\" <&1; printf %s \"$2\"; }";
    private const string Path = "PATH=/usr/bin:/bin";

    private readonly Socket _channel;
    private readonly ChildProcess _shell;

    private TerminalGuard(Socket channel, ChildProcess shell) => (_channel, _shell) = (channel, shell);

    /// <summary>Starts it; null: that is not possible, and the terminal stays as it is where this process is killed.</summary>
    /// <param name="settings">The settings of the terminal, for <c>stty</c>.</param>
    public static TerminalGuard? Start(string settings)
    {
        SocketPair? pair = null;
        try
        {
            pair = SocketPair.Create();
            using var errors = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write);
            var shell = ChildProcess.Start(new SpawnRequest
            {
                Path = Shell,
                Arguments = ["sh", "-c", Script, "sh", settings, Screen.End],
                Environment = [Path],
                Descriptors = [pair.Other, Terminal.Output, errors],
            });
            pair.Other.Dispose();
            return new TerminalGuard(pair.Own, shell);
        }
        catch (Exception failure) when (failure is CallException or IOException or UnauthorizedAccessException)
        {
            pair?.Dispose();
            return null;
        }
    }

    /// <summary>Ends it, since the terminal has been given back.</summary>
    public void Dispose()
    {
        try
        {
            _channel.Send("done\n"u8);
        }
        catch (SocketException)
        {
            // It has been killed.
        }

        _channel.Dispose();
        try
        {
            _shell.Reap();
        }
        catch (CallException)
        {
            // It is not to be waited for.
        }

        _shell.Dispose();
    }
}
