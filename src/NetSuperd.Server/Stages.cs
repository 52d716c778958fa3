using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Proxy;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>The stages that a connection passes after it was accepted, the same for every map.</summary>
/// <remarks><see cref="Loop"/> is the loop of the listeners whose clients go to other processes.</remarks>
internal sealed record Stages(
    Gates Gates, LogShare LogShare, HandlerRunner Runner, HeaderWaits Headers, ConnectionTally Tally, ILogger Logger,
    EventLoop Loop, TimeProvider Time);
