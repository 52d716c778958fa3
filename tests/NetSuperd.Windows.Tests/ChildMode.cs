using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetSuperd.Windows.Tests;

/// <summary>
/// This program as a child: with <c>child</c> as its first argument it does what the second says, and runs no tests. A program of its own
/// would be another 70 MB.
/// </summary>
internal static partial class ChildMode
{
    public const string Argument = "child";

    [ModuleInitializer]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA2255", Justification = "it comes before the entry point of the tests")]
    internal static void Run()
    {
        if (Environment.GetCommandLineArgs() is [_, Argument, var action, .. var arguments])
        {
            Environment.Exit(Do(action, arguments));
        }
    }

    private static int Do(string action, string[] arguments)
    {
        var (input, output) = (Console.OpenStandardInput(), Console.OpenStandardOutput());
        switch (action)
        {
            case "echo":
                input.CopyTo(output);
                return 3;
            case "arguments":
                // With a zero after each, since any other letter may be in them.
                output.Write(System.Text.Encoding.UTF8.GetBytes(string.Concat(arguments.Select(argument => argument + '\0'))));
                return 0;
            case "environment":
                foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
                {
                    output.Write(System.Text.Encoding.UTF8.GetBytes($"{variable.Key}={variable.Value}\n"));
                }

                output.Write(System.Text.Encoding.UTF8.GetBytes($"cwd={Environment.CurrentDirectory}\n"));
                return 0;
            case "complain":
                Console.Error.Write("it hurts\r\nand more");
                return unchecked((int)0xC0000005);
            case "handle":
                // Whether a handle with this number is open here.
                output.WriteByte(GetHandleInformation(nint.Parse(arguments[0], null), out _) == 0 ? (byte)'-' : (byte)'+');
                return 0;
            case "sleep":
                output.WriteByte((byte)'!');

                // It waits for itself, which has no end.
                Thread.CurrentThread.Join();
                return 0;
            case "leave":
                // The runtime lets it inherit everything, the output of this one too.
                using (var left = System.Diagnostics.Process.Start(
                    new System.Diagnostics.ProcessStartInfo(Environment.ProcessPath!, [Argument, "sleep"])
                    {
                        RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
                    })!)
                {
                    left.StandardOutput.Read();
                    output.Write(System.Text.Encoding.UTF8.GetBytes($"{left.Id}\n"));
                }

                return 0;
            default:
                return 99;
        }
    }

    [LibraryImport("kernel32")]
    private static partial int GetHandleInformation(nint handle, out uint flags);
}
