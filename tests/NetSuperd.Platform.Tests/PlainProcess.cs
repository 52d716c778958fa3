namespace NetSuperd.Platform.Tests;

/// <summary>This process, without numbers of it.</summary>
internal sealed class PlainProcess : IOwnProcess
{
    private const int Most = 65_536;

    public uint UserId => 1;

    public bool IsRoot => false;

    public string UserName => "the user 'plain'";

    public long DescriptorLimit => Most;

    public string MoreDescriptors => "have fewer";

    public long Descriptors => 0;

    public int CurrentThread => Environment.CurrentManagedThreadId;

    public Surroundings Surroundings() =>
        new(UserId, FirstFreePort: 0, MayBindAny: true, MayRaiseLimits: false, Most, DefaultControl: null) { Descriptors = Most };

    public void AllowDescriptors(long least, long wanted)
    {
        // As many as it likes.
    }

    public (long? ResidentBytes, int? Threads) Use() => (null, null);

    public ThreadUse? UseOf(int thread) => null;

    public BlockingCall CallOf(Thread thread, int number) => new("a call", "await it");
}
