using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Hosting;

/// <summary>The console that standard output may be.</summary>
internal static unsafe class ConsoleScreen
{
    /// <summary>Its size; null: standard output is no console.</summary>
    public static (int Columns, int Rows)? Size => Console.IsOutputRedirected ? null : (Console.WindowWidth, Console.WindowHeight);

    /// <summary>Standard output. A console takes escape sequences from then on, which it would print otherwise (SetConsoleMode).</summary>
    public static Stream Open()
    {
        uint mode;
        var console = Kernel32.GetStdHandle(Kernel32.STD_OUTPUT_HANDLE);
        if (Kernel32.GetConsoleMode(console, &mode))
        {
            // A console that cannot do it shows them.
            _ = Kernel32.SetConsoleMode(console, mode | Kernel32.ENABLE_VIRTUAL_TERMINAL_PROCESSING);
        }

        return Console.OpenStandardOutput();
    }
}
