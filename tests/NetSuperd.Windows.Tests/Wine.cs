using System.Runtime.InteropServices;

namespace NetSuperd.Windows.Tests;

/// <summary>
/// Wine, under which the tests run on Linux. A test of what it has not names that in its attribute, and is skipped there: a second
/// exception of <see cref="Assert.SkipWhen"/> ends the process in Wine 8.
/// </summary>
public static class Wine
{
    /// <summary>Whether the tests run under Wine, whose ntdll has a function of its own.</summary>
    public static bool IsHere { get; } = NativeLibrary.TryGetExport(NativeLibrary.Load("ntdll"), "wine_get_version", out _);
}
