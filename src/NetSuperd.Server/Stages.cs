using Microsoft.Extensions.Logging;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Proxy;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Spawn;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>The stages that a connection passes after it was accepted, the same for every map.</summary>
internal sealed record Stages(
    Gates Gates, LogShare LogShare, HandlerRunner Runner, Spawner Spawner, HeaderWaits Headers, ConnectionTally Tally, ILogger Logger,
    TimeProvider Time);
