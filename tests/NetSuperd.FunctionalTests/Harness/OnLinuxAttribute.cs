using Xunit.v3;

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>A test of a class <see cref="OnWindowsAttribute"/> that <c>make test-windows</c> leaves out.</summary>
/// <param name="has">What it tests that the program for Windows does not have.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OnLinuxAttribute(string has) : Attribute, ITraitAttribute
{
    /// <inheritdoc/>
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("System", "Linux"), new("Linux", has)];
}
