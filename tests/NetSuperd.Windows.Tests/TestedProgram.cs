using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace NetSuperd.Windows.Tests;

/// <summary>The program itself, as an administrator starts it. <c>make windows</c> has built it.</summary>
internal static class TestedProgram
{
    /// <summary>How long it has.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Its path.</summary>
    public static string Path { get; } = System.IO.Path.GetFullPath("../../out/win-x64/netsuperd.exe", AppContext.BaseDirectory);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A port that no program has at the moment.</summary>
    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>Starts it; its output can be read.</summary>
    public static Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo(Path, arguments)
    {
        RedirectStandardOutput = true, RedirectStandardError = true,
    })!;

    /// <summary>Starts a daemon, and waits until it serves.</summary>
    public static async Task<Process> ServeAsync(string map)
    {
        var daemon = Start("run", "--config", map);
        await LineAsync(daemon.StandardError, "Started as process");
        return daemon;
    }

    /// <summary>Reads lines until one has a text.</summary>
    public static async Task LineAsync(StreamReader lines, string text)
    {
        string? line;
        do
        {
            line = await lines.ReadLineAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);
        }
        while (line?.Contains(text, StringComparison.Ordinal) == false);
        Assert.True(line is not null, $"the program has ended without a line '{text}'");
    }

    /// <summary>Runs a command until it ends.</summary>
    public static async Task<(int Status, string Text)> RunAsync(params string[] arguments)
    {
        var (status, output, errors) = await AskAsync(arguments);
        return (status, output + errors);
    }

    /// <summary>Runs a command until it ends, and tells its data from its messages.</summary>
    public static async Task<(int Status, string Output, string Errors)> AskAsync(params string[] arguments)
    {
        using var program = Start(arguments);
        var (output, errors) = (program.StandardOutput.ReadToEndAsync(Cancel), program.StandardError.ReadToEndAsync(Cancel));
        await program.WaitForExitAsync(Cancel).WaitAsync(Patience, Cancel);
        return (program.ExitCode, await output, await errors);
    }
}
