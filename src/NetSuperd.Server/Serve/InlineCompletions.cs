namespace NetSuperd.Server.Serve;

/// <summary>
/// Lets the runtime's epoll threads complete socket calls themselves instead of handing each to the thread pool: on short messages that is
/// most of the cost. Whoever awaits a socket then goes on on such a thread, must not block it, and must leave it before running code of
/// others: see <see cref="SocketConnection"/> and the accept loop.
/// </summary>
internal static class InlineCompletions
{
    /// <summary>To be called before the first asynchronous socket call of the process: the runtime reads the setting once.</summary>
    public static void Enable() => Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
}
