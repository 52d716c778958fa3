using System.Diagnostics;

namespace NetSuperd.Native.Tests;

/// <summary>A C program that is compiled with gcc and run, to learn what the system's headers say.</summary>
internal static class CProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Compiles and runs the source.</summary>
    /// <returns>What it printed, line by line.</returns>
    public static string[] Run(string source)
    {
        var folder = Directory.CreateTempSubdirectory("netsuperd-c-");
        try
        {
            var file = Path.Combine(folder.FullName, "values.c");
            var program = Path.Combine(folder.FullName, "values");
            File.WriteAllText(file, source);
            _ = Output("gcc", "-Wall", "-Werror", "-o", program, file);
            return Output(program).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Runs a program that must succeed.</summary>
    /// <returns>What it printed.</returns>
    internal static string Output(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(Patience), $"{program} does not end");
        Assert.True(process.ExitCode == 0, errors.Result);
        return output;
    }
}
