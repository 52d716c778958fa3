using System.Runtime.CompilerServices;

namespace NetSuperd.Tests;

/// <summary>The tests run with what the program for Linux has.</summary>
internal static class TestInstallation
{
    [ModuleInitializer]
    internal static void Set() => Installation.Current = new LinuxInstallation();
}
