namespace NetSuperd.Server.Serve;

/// <summary>
/// Lets the runtime's epoll threads complete socket calls themselves instead of handing each to the thread pool: on short messages that is
/// most of the cost. Whoever awaits a socket then goes on on such a thread, must not block it, and must leave it before running code of
/// others: see <see cref="SocketConnection"/> and the accept loop.
/// </summary>
/// <remarks>
/// The setting holds for every socket of the process. A plugin with a socket of its own would go on on such a thread as well, and could
/// block the connections of other services, so it is for maps without plugins.
/// </remarks>
internal static class InlineCompletions
{
    /// <summary>To be called before the first asynchronous socket call of the process: the runtime reads the setting once.</summary>
    public static void Enable(IEnumerable<HandlerInstance> handlers) => Environment.SetEnvironmentVariable(
        "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", handlers.All(handler => handler.IsBuiltin) ? "1" : null);
}
