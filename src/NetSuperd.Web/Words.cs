namespace NetSuperd.Web;

/// <summary>The words of the page, explained at its end.</summary>
internal static class Words
{
    private static readonly (string Word, string Text)[] All =
    [
        ("address", "refused by allow or deny"),
        ("time", "refused outside times"),
        ("rate", "rate of the service is used up"),
        ("source_rate", "rate_per_source is used up by this source"),
        ("source_limit", "the source or its network has as many connections as one may have"),
        ("service_limit", "the service has max_connections"),
        ("total_limit", "the daemon has daemon.max_connections"),
        ("untrusted, proxy_header", "proxy_protocol: no connection of trusted, or its header is wrong or late"),
        ("draining", "the daemon stops and takes no more clients"),
        ("loop_port, loop_address, loop", "a datagram whose answer would be answered, or from an address that no sender has"),
        ("budget", "bytes_per_source is used up by this source"),
        ("closed, exited", "ended in order; a child with exit status"),
        ("reset, aborted", "the client has reset the connection; the daemon or an operator has"),
        ("timeout", "idle_timeout, first_byte_timeout or max_duration"),
        ("killed, failed", "a child ended by a signal; a handler by an exception"),
        ("unspawned, worker_lost", "no child could be started; the worker process has ended"),
        ("tls_failed", "the TLS handshake with the client has failed"),
        ("unreachable, target_reset", "no target of a forward has answered; the target has reset its connection"),
        ("replaced", "a session of forwarded datagrams had to leave its place to another client"),
        ("waiting", "connections that the system has queued at the socket"),
        ("dropped", "what the system has dropped at the socket, because its queue was full"),
        ("start", "the time from accept until the handler was called or the child ran; p95: 95 of 100 were no slower"),
        ("bytes", "of connections that have ended; a child's are not counted"),
        ("limits", "of a rate the tokens that are missing; of a limit per source or network those of the busiest"),
    ];

    /// <summary>The list.</summary>
    public static Markup List() => $"<dl>{All.Select(Markup (entry) => $"<div><dt>{entry.Word}</dt> <dd>{entry.Text}</dd></div>\n")}</dl>";
}
