namespace NetSuperd.Native.Tests;

/// <summary>Tests that look at what belongs to the whole process (descriptors, the mode mask, children) run by themselves.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
