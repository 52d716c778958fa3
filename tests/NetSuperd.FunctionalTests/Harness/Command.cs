using System.Diagnostics;

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>What a program that ran to its end has said.</summary>
/// <param name="Status">The exit status.</param>
/// <param name="Output">Standard output, to the byte as UTF-8.</param>
/// <param name="Errors">Standard error.</param>
public sealed record CommandResult(int Status, string Output, string Errors);

/// <summary>Runs programs to their end.</summary>
internal static class Command
{
    /// <summary>Runs a program without input.</summary>
    public static Task<CommandResult> RunAsync(string program, params string[] arguments) => RunAsync(Deadline.Default, program, arguments);

    /// <summary>Runs a program that is expected to take longer.</summary>
    public static async Task<CommandResult> RunAsync(TimeSpan limit, string program, string[] arguments, string? folder = null,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "/",
        };
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            await Deadline.WithinAsync(
                Task.WhenAll(output, errors, process.WaitForExitAsync()), $"the end of {program} {string.Join(' ', arguments)}", limit);
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw;
        }

        return new CommandResult(process.ExitCode, await output, await errors);
    }

    /// <summary>Runs a program that has to succeed, and returns its output.</summary>
    public static async Task<string> OutputAsync(string program, params string[] arguments)
    {
        var result = await RunAsync(program, arguments);
        Assert.True(result.Status == 0, $"{program} {string.Join(' ', arguments)}: status {result.Status}: {result.Errors}");
        return result.Output;
    }
}
