using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Config.Import.Inetd;

/// <summary>A unix socket of inetd.conf: a path, or <c>:user:group:mode:/path</c> of FreeBSD.</summary>
internal static class InetdUnix
{
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

        // The map has inetd's words but for dgram.
        var word = entry.Type.Text == "dgram" ? "datagram" : entry.Type.Text;
        var transport = Transports.Named(word, TransportFamily.Unix) ?? PortKeys.Type.Default;
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
