using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>Data of a test <see cref="OnWindowsAttribute"/> for Linux alone, such as a child or a unix socket.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class LinuxDataAttribute : DataAttribute
{
    private readonly object?[] _data;

    /// <param name="data">The data.</param>
    public LinuxDataAttribute(params object?[] data)
    {
        _data = data;
        Traits = ["System", "Linux"];
    }

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([ConvertDataRow(_data)]);

    /// <inheritdoc/>
    public override bool SupportsDiscoveryEnumeration() => true;
}
