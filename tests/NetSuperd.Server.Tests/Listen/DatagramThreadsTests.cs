using Microsoft.Extensions.Logging.Abstractions;
using NetSuperd.Linux;
using NetSuperd.Server.Listen;

namespace NetSuperd.Server.Tests.Listen;

public sealed class DatagramThreadsTests
{
    [Fact]
    public void Of_AServiceForWhichThereWasNoDescriptor_TriesAgainAndNothingElseFails()
    {
        var left = 1;
        var threads = new DatagramThreads(name => left-- > 0
            ? throw new IOException("no descriptor")
            : new DatagramThread(name, new LinuxHost(), NullLogger.Instance));

        Assert.Throws<IOException>(() => threads.For("one", mayBlock: true));
        threads.Watch();
        threads.EndOthers([("two", true)]);

        var thread = threads.For("one", mayBlock: true);
        Assert.Same(thread, threads.For("one", mayBlock: true));
        threads.Watch();
        threads.EndOthers([]);
    }

    [Fact]
    public void Of_ServicesWhoseHandlersDoNotBlock_IsOneThreadForAll()
    {
        var names = new List<string>();
        var threads = new DatagramThreads(name =>
        {
            names.Add(name);
            return new DatagramThread(name, new LinuxHost(), NullLogger.Instance);
        });

        var shared = threads.For("echo", mayBlock: false);
        Assert.Same(shared, threads.For("time", mayBlock: false));
        Assert.NotSame(shared, threads.For("plugin", mayBlock: true));
        Assert.Equal(["datagrams", "datagrams plugin"], names);

        // It stays as long as one of them is there.
        threads.EndOthers([("time", false)]);
        Assert.Same(shared, threads.For("time", mayBlock: false));
        threads.EndOthers([]);
        Assert.NotSame(shared, threads.For("time", mayBlock: false));
        threads.EndOthers([]);
    }
}
