using System.Runtime.CompilerServices;

namespace NetSuperd.Windows.Tests;

/// <summary>The tests run with what the program for Windows has.</summary>
internal static class WindowsTestInstallation
{
    [ModuleInitializer]
    internal static void Set() => Installation.Current = new WindowsInstallation(service: null);
}
