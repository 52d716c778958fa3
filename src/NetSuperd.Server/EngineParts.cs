using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>What the processes of a daemon need of it.</summary>
/// <param name="Request">What was loaded.</param>
/// <param name="Loop">Watches the ends of children and the channels of workers.</param>
/// <param name="Tally">Keeps the records.</param>
/// <param name="Host">What handlers see of the server, and what it does for them.</param>
/// <param name="Loggers">Makes the logger of each service.</param>
/// <param name="Time">The clock.</param>
internal sealed record EngineParts(
    LoadRequest Request, EventLoop Loop, ConnectionTally Tally, IHandlerHost Host, ILoggerFactory Loggers, TimeProvider Time);
