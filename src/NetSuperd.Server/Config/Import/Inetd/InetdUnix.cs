using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Config.Import.Inetd;

/// <summary>A unix socket of inetd.conf: a path, or <c>:user:group:mode:/path</c> of FreeBSD.</summary>
internal static class InetdUnix
{
    /// <summary>The kind of the socket; null: a map has none of the type. The words are those of the map but for one.</summary>
    public static Transport? TransportOf(InetdEntry entry) =>
        Transports.Named(entry.Type.Text == "dgram" ? "datagram" : entry.Type.Text, TransportFamily.Unix);

    /// <summary>Adds the socket.</summary>
    public static void AddSocket(Importing importing, ImportedService service, InetdEntry entry)
    {
        var (text, path) = (entry.Service.Text, entry.Service);
        string[] owner = [];
        if (text.StartsWith(':') && text.IndexOf(":/", StringComparison.Ordinal) is > 0 and var colon)
        {
            owner = text[1..colon].Split(':');
            path = entry.Service.Part(colon + 1, text.Length);
        }

        var transport = TransportOf(entry)!.Value;
        var socket = new ImportedSocket(new PortKey { Transport = transport, Path = path.Text }, path.At);
        if (transport != PortKeys.Type.Default)
        {
            socket.Set(PortKeys.Type, transport.Word, entry.Type.At);
        }

        if (owner is [var user, var group, var mode])
        {
            socket.Set(PortKeys.Owner, user, path.At);
            socket.Set(PortKeys.Group, group, path.At);
            socket.Set(PortKeys.Mode, mode.PadLeft(4, '0'), path.At);
        }
        else if (!entry.IsOff)
        {
            importing.Map.Changed(
                path.At,
                $"only the daemon's user may connect to {path.Text}; mode = \"0666\" beside its service lets everyone, as most inetds did");
        }

        service.Sockets.Add(socket);
    }
}
