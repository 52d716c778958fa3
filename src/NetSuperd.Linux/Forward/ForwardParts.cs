using Microsoft.Extensions.Logging;
using NetSuperd.Platform;

namespace NetSuperd.Linux.Forward;

/// <summary>What the forward of a service uses.</summary>
/// <param name="Service">The name of the service.</param>
/// <param name="Loop">The loop on which everything of it runs.</param>
/// <param name="Lookup">Looks up names.</param>
/// <param name="Logger">The log.</param>
/// <param name="Time">The clock.</param>
internal sealed record ForwardParts(string Service, EventLoop Loop, INameLookup Lookup, ILogger Logger, TimeProvider Time);
