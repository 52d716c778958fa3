using Xunit.v3;

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>A test that <c>make test-windows</c> runs too, with the program for Windows; or a class of such tests.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class OnWindowsAttribute : Attribute, ITraitAttribute
{
    /// <inheritdoc/>
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("System", "Windows")];
}
