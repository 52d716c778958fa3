using System.Diagnostics;

namespace NetSuperd.Tests.Commands;

/// <summary>The program as it is run at a prompt.</summary>
internal static class NetsuperdProcess
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int Status, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        using var limit = new CancellationTokenSource(Patience);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = await process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, errors);
    }

    /// <summary>Starts it.</summary>
    public static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo("env", Command(arguments)) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    /// <summary>
    /// The words after <c>env</c>: a run of the tests in the background of a shell script ignores SIGINT, and the program would as well.
    /// </summary>
    public static string[] Command(params string[] arguments) =>
        ["--default-signal", "dotnet", Path.Combine(AppContext.BaseDirectory, "netsuperd.dll"), .. arguments];
}
