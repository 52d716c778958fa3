using Microsoft.Extensions.Logging.Abstractions;
using NetSuperd.Server.Listen;

namespace NetSuperd.Server.Tests.Listen;

public sealed class DatagramThreadsTests
{
    [Fact]
    public void Of_AServiceForWhichThereWasNoDescriptor_TriesAgainAndNothingElseFails()
    {
        var left = 1;
        var threads = new DatagramThreads(service => left-- > 0
            ? throw new IOException("no descriptor")
            : new DatagramThread(service, NullLogger.Instance));

        Assert.Throws<IOException>(() => threads.Of("one"));
        threads.Watch();
        threads.End(service => service == "two");

        var thread = threads.Of("one");
        Assert.Same(thread, threads.Of("one"));
        threads.Watch();
        threads.End(_ => true);
    }
}
