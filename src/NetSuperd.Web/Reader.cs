using System.Net;
using System.Threading.Channels;

namespace NetSuperd.Web;

/// <summary>A browser that watches. It never holds anything up: what it does not take in time is left out, the oldest first.</summary>
/// <param name="source">Its address.</param>
/// <param name="connections">Whether it wants the connections.</param>
internal sealed class Reader(IPAddress source, bool connections)
{
    private const int MostWaiting = 32;

    private readonly Channel<byte[]> _waiting = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    /// <summary>Its address.</summary>
    public IPAddress Source => source;

    /// <summary>Whether it wants the connections.</summary>
    public bool WantsConnections => connections;

    /// <summary>The events that wait.</summary>
    public ChannelReader<byte[]> Events => _waiting.Reader;

    /// <summary>Ends it: another has its place.</summary>
    public void End() => _waiting.Writer.TryComplete();

    /// <summary>Adds an event.</summary>
    public void Add(byte[] text) => _waiting.Writer.TryWrite(text);
}
