namespace NetSuperd;

/// <summary>
/// Tests that look at what belongs to the whole process (descriptors, children, the mode mask), or starve its threads, run by themselves.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class RunsAlone
{
    public const string Name = "alone";
}
