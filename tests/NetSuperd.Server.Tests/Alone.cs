namespace NetSuperd.Server.Tests;

/// <summary>Tests that count what belongs to the whole process (descriptors, children) or starve its threads run by themselves.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
