using System.Net.Sockets;
using NetSuperd.Native;

namespace NetSuperd.Hosting;

/// <summary>What came with the start: sockets, and from a daemon before this one its control socket and a channel to it.</summary>
internal sealed record Inherited(IReadOnlyList<ListenDescriptor> Sockets, Socket? Control, Predecessor? Predecessor)
{
    /// <summary>The name of the control socket among the descriptors.</summary>
    public const string ControlName = "netsuperd.control";

    /// <summary>The name of the channel among the descriptors.</summary>
    public const string ChannelName = "netsuperd.channel";

    /// <summary>Takes it, before anything else opens descriptors.</summary>
    public static Inherited Take()
    {
        var sockets = new List<ListenDescriptor>();
        Socket? control = null;
        Predecessor? predecessor = null;
        foreach (var given in ListenDescriptors.Take())
        {
            switch (given.Name)
            {
                case ControlName when InheritedSocket.Describe(given.Handle) is not null:
                    control = InheritedSocket.Open(given.Handle);
                    break;
                case ChannelName when InheritedSocket.Describe(given.Handle) is not null:
                    predecessor = Predecessor.Meet(InheritedSocket.Open(given.Handle));
                    break;
                default:
                    sockets.Add(given);
                    break;
            }
        }

        return new Inherited(sockets, control, predecessor);
    }
}
