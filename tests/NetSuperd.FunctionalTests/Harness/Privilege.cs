namespace NetSuperd.FunctionalTests.Harness;

/// <summary>Tests that need root; where the tests run as root none may be skipped.</summary>
internal static class Privilege
{
    /// <summary>Skips the test with the reason.</summary>
    public static void Require(string reason) => Assert.SkipUnless(Environment.IsPrivilegedProcess, $"needs root: {reason}");
}
