using System.Net;
using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Linux.Workers;

/// <content>The channels for datagrams.</content>
internal sealed partial class WorkerRun
{
    /// <summary>
    /// Makes it serve the datagrams of a socket, with a handler that it has created. May wait until the process takes the channel.
    /// </summary>
    /// <param name="service">The service.</param>
    /// <param name="bound">The address of the socket.</param>
    /// <returns>The channel for the datagrams; null where the process does not take it.</returns>
    /// <exception cref="CallException">No descriptor is left.</exception>
    public MessageSocket? OpenDatagrams(WorkerService service, EndPoint bound)
    {
        var address = bound.Serialize();
        var order = new DatagramOrder(service.Order.Number, address.Buffer.Span[..address.Size].ToArray());
        var (own, other) = MessageSocket.CreatePair();
        using (other)
        {
            if (channel.Send(WorkerJson.Write(MessageKind.Datagrams, order)!, other))
            {
                return own;
            }
        }

        own.Dispose();
        return null;
    }
}
