using System.Net.Sockets;
using NetSuperd.Native;

namespace NetSuperd.Hosting;

/// <summary>What came with the start: sockets, and from a daemon before this one its control socket and a channel to it.</summary>
internal sealed record Inherited(IReadOnlyList<(Descriptor Descriptor, string Name)> Sockets, Socket? Control, Predecessor? Predecessor)
{
    /// <summary>The name of the control socket among the descriptors.</summary>
    public const string ControlName = "netsuperd.control";

    /// <summary>The name of the channel among the descriptors.</summary>
    public const string ChannelName = "netsuperd.channel";

    /// <summary>Takes it, before anything else opens descriptors.</summary>
    public static Inherited Take()
    {
        var sockets = new List<(Descriptor, string)>();
        Socket? control = null;
        Predecessor? predecessor = null;
        foreach (var (descriptor, name) in ListenDescriptors.Take())
        {
            switch (name)
            {
                case ControlName:
                    control = InheritedSocket.Open(descriptor);
                    break;
                case ChannelName:
                    predecessor = Predecessor.Meet(InheritedSocket.Open(descriptor));
                    break;
                default:
                    sockets.Add((descriptor, name));
                    break;
            }
        }

        return new Inherited(sockets, control, predecessor);
    }
}
