using Microsoft.Extensions.Logging.Abstractions;
using NetSuperd.Native;
using NetSuperd.Server.Listen;

namespace NetSuperd.Server.Tests.Listen;

public sealed class DatagramThreadsTests
{
    [Fact]
    public void Of_AServiceForWhichThereWasNoDescriptor_TriesAgainAndNothingElseFails()
    {
        var left = 1;
        var threads = new DatagramThreads(service => left-- > 0
            ? throw new LibcException("epoll_create1", "", Errno.EMFILE)
            : new DatagramThread(service, NullLogger.Instance));

        Assert.Throws<LibcException>(() => threads.Of("one"));
        threads.Watch();
        threads.End(service => service == "two");

        var thread = threads.Of("one");
        Assert.Same(thread, threads.Of("one"));
        threads.Watch();
        threads.End(_ => true);
    }
}
