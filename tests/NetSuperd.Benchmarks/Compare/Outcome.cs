using System.Diagnostics;

namespace NetSuperd.Benchmarks.Compare;

/// <summary>What a program that ran to its end has said.</summary>
/// <param name="Status">The exit status.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Errors">Standard error.</param>
internal sealed record Outcome(int Status, string Output, string Errors)
{
    /// <summary>The last line of standard error, which says why it failed.</summary>
    public string Reason => Errors.Trim().Split('\n')[^1];

    /// <summary>Runs a program without input.</summary>
    public static async Task<Outcome> OfAsync(string[] command, string folder, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var errors = process.StandardError.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            return new Outcome(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }

    /// <summary>Runs a program that has to succeed.</summary>
    /// <returns>Its standard output.</returns>
    public static async Task<string> TextAsync(string[] command, CancellationToken cancellation)
    {
        var outcome = await OfAsync(command, "/", cancellation);
        return outcome.Status == 0
            ? outcome.Output
            : throw new InvalidOperationException($"{string.Join(' ', command)}: status {outcome.Status}: {outcome.Errors}");
    }
}
