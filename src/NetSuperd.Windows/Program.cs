namespace NetSuperd.Windows;

/// <summary>The program for Windows.</summary>
internal static class Program
{
    private static int Main() => 0;
}
