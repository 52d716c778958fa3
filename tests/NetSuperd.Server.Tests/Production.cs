using System.Runtime.CompilerServices;
using NetSuperd.Server.Serve;

namespace NetSuperd.Server.Tests;

/// <summary>What the daemon sets before its first socket holds for the tests as well: the runtime reads it once.</summary>
internal static class Production
{
#pragma warning disable CA2255 // Nothing else of a test program runs before its first socket.
    [ModuleInitializer]
    public static void Run() => InlineCompletions.Enable([]);
#pragma warning restore CA2255
}
