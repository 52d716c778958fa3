using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Proxy;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Sessions;
using NetSuperd.Server.Spawn;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>The stages that a connection passes after it was accepted, the same for every map.</summary>
internal sealed record Stages(
    Gates Gates, LogShare LogShare, HandlerRunner Runner, Spawner Spawner, HeaderWaits Headers, ConnectionTally Tally, ILogger Logger,
    EventLoop Loop, TimeProvider Time)
{
    /// <summary>The sessions of forwarded datagrams.</summary>
    public SessionSet Sessions { get; } = new(Loop);
}
