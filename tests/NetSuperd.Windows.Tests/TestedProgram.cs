using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace NetSuperd.Windows.Tests;

/// <summary>The program itself, as an administrator starts it. <c>make windows</c> has built it.</summary>
internal static class TestedProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

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

    /// <summary>Runs a command until it ends.</summary>
    public static async Task<(int Status, string Text)> RunAsync(params string[] arguments)
    {
        using var program = Start(arguments);
        var (output, errors) = (program.StandardOutput.ReadToEndAsync(Cancel), program.StandardError.ReadToEndAsync(Cancel));
        await program.WaitForExitAsync(Cancel).WaitAsync(Patience, Cancel);
        return (program.ExitCode, await output + await errors);
    }
}
