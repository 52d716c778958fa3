using System.Text;
using NetSuperd;

namespace Plugin1;

/// <summary>Sends each datagram back in capitals.</summary>
[Handler("plugin-one")]
public sealed class Plugin1Handler(ServiceInfo service) : IDatagramHandler
{
    private readonly string _suffix = service.Settings.GetString("suffix");

    // Called for one datagram after the other, on the thread that receives: nothing here may wait.
    public void Handle(in Datagram request, IDatagramReply reply) =>
        reply.Send(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(request.Data).Trim().ToUpperInvariant() + _suffix + "\n"));
}
