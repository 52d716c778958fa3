using System.Net;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Notation;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>The variables by which a child learns its connection. No byte that a peer has sent is among them.</summary>
internal static class ClientVariables
{
    /// <summary>Adds the service and the number of the connection.</summary>
    public static void AddService(this ChildVariables variables, ConnectionRecord record)
    {
        variables.Add("NETSUPERD_SERVICE=", record.Service);
        variables.Add("NETSUPERD_ID=", record.Id);
    }

    /// <summary>Adds the protocol.</summary>
    public static void AddProtocol(this ChildVariables variables, ConnectionRecord record) =>
        variables.Add("PROTO=", ProtocolOf(record));

    /// <summary>
    /// Adds both ends of the connection, with the names of UCSPI (http://cr.yp.to/proto/ucspi.txt) and of CGI (RFC 3875).
    /// </summary>
    public static void AddClient(this ChildVariables variables, ConnectionRecord record, INames names)
    {
        if (record is { Local: IPEndPoint local, Peer: IPEndPoint peer })
        {
            var (protocol, address) = (ProtocolOf(record), LinkText.Of(peer.Address, names));
            variables.Add(protocol, "LOCALIP=", LinkText.Of(local.Address, names));
            variables.Add(protocol, "LOCALPORT=", local.Port);
            variables.Add(protocol, "REMOTEIP=", address);
            variables.Add(protocol, "REMOTEPORT=", peer.Port);
            variables.Add("REMOTE_ADDR=", address);
            variables.Add("REMOTE_PORT=", peer.Port);
            variables.Add("REMOTE_HOST=", address);
        }
        else if (record is { Local: VsockEndPoint own, Peer: VsockEndPoint client })
        {
            // UCSPI has no names for them. The last three are those of systemd.exec(5) for AF_VSOCK.
            variables.Add(record.Protocol, "LOCALCID=", own.Cid);
            variables.Add(record.Protocol, "LOCALPORT=", own.Port);
            variables.Add(record.Protocol, "REMOTECID=", client.Cid);
            variables.Add(record.Protocol, "REMOTEPORT=", client.Port);
            variables.Add("REMOTE_ADDR=", VsockNotation.PeerOf(client.Cid));
            variables.Add("REMOTE_PORT=", client.Port);
            variables.Add("REMOTE_HOST=", VsockNotation.PeerOf(client.Cid));
        }
        else if (record.Credentials is { } credentials)
        {
            variables.Add("IPCREMOTEEUID=", credentials.Uid);
            variables.Add("IPCREMOTEEGID=", credentials.Gid);
            variables.Add("IPCREMOTEPID=", credentials.Pid);
        }
    }

    /// <summary>The first part of the names: a client that a proxy names has come by TCP, whichever way the proxy has.</summary>
    private static string ProtocolOf(ConnectionRecord record) =>
        Transports.VariablesOf(record.ProxyName is null ? record.Protocol : Transports.OfBarePort.ProtocolName);
}
