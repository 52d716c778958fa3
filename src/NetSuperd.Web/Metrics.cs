using NetSuperd.Server.Tally;

namespace NetSuperd.Web;

/// <summary>
/// The metrics of a daemon. Names and units are by the conventions of Prometheus; labels are names of the map and closed words, and never
/// a peer.
/// </summary>
internal static class Metrics
{
    private static readonly string[] States =
        [.. Enum.GetValues<ServiceState>().Select(ServiceStateWord.Word)];

    /// <summary>The metrics as text; null: the daemon does not answer.</summary>
    public static string Format(DaemonStatus? status, bool isOpen)
    {
        var text = new MetricsText(isOpen);
        text.Gauge("netsuperd_up", "Whether the daemon answers.").Add(status is null ? 0 : 1);
        if (status is not null)
        {
            AddDaemon(text, status);
            AddServices(text, status);
            AddTimes(text, status);
            AddLimits(text, status);
            AddSockets(text, status);
            AddProcess(text, status.Process);
        }

        return text.ToString();
    }

    private static void AddDaemon(MetricsText text, DaemonStatus status)
    {
        text.Gauge("netsuperd_build_info", "The version that serves.").Add(1, ("version", status.Version ?? "unknown"));
        text.Gauge("netsuperd_start_time_seconds", "When the daemon started, in seconds since 1970.").Add(Seconds(status.Started));
        text.Gauge("netsuperd_config_last_reload_success_timestamp_seconds", "When the map in force was applied, in seconds since 1970.")
            .Add(Seconds(status.Applied));
        text.Gauge("netsuperd_lingering_processes", "Processes that a restart has replaced and that still serve.")
            .Add(status.Lingering.Count);
    }

    private static void AddServices(MetricsText text, DaemonStatus status)
    {
        text.Gauge("netsuperd_service_state", "1 for the state that a service is in.");
        foreach (var service in status.Services)
        {
            foreach (var state in States)
            {
                text.Add(service.State == state ? 1 : 0, ("service", service.Name), ("state", state));
            }
        }

        text.Gauge("netsuperd_connections", "Live connections or children.");
        Each(service => text.Add(service.Live, ("service", service.Name)));
        text.Counter("netsuperd_connections_accepted_total", "Connections accepted, refused ones included, or children started.");
        Each(service => text.Add(service.Accepted, ("service", service.Name)));
        text.Counter("netsuperd_connections_ended_total", "Ended connections or children, by how they ended.");
        Each(service => Words(service, service.Ends, "end"));
        text.Counter("netsuperd_connections_refused_total", "Connections that were refused or got no child, by reason.");
        Each(service => Words(service, service.Reasons, "reason"));
        text.Counter("netsuperd_datagrams_total", "Datagrams of handlers, by outcome.");
        Each(service => Words(service, service.Datagrams, "outcome"));
        text.Counter("netsuperd_received_bytes_total", "Bytes that handlers have received on ended connections.");
        Each(service => text.Add(service.Received, ("service", service.Name)));
        text.Counter("netsuperd_sent_bytes_total", "Bytes that handlers have sent on ended connections.");
        Each(service => text.Add(service.Sent, ("service", service.Name)));
        text.Gauge(
            "netsuperd_certificate_expiry_timestamp_seconds", "When the first certificate of a service expires, in seconds since 1970.");
        Each(service => text.Add(
            service.CertificateExpires is { } end ? Seconds(end) : null, ("service", service.Name)));
        text.Counter("netsuperd_server_restarts_total", "How often a server was started again.");
        Each(service => text.Add(service.Server?.Restarts, ("service", service.Name)));

        void Each(Action<ServiceStatus> add) => status.Services.ToList().ForEach(add);

        void Words(ServiceStatus service, IReadOnlyDictionary<string, long> counts, string label)
        {
            foreach (var (word, count) in counts.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                text.Add(count, ("service", service.Name), (label, word));
            }
        }
    }

    private static void AddTimes(MetricsText text, DaemonStatus status)
    {
        if (status.Bounds is not { } bounds)
        {
            return;
        }

        text.Histogram("netsuperd_connection_duration_seconds", "From accept to the end of connections that were served.");
        foreach (var service in status.Services.Where(service => service.Duration is not null))
        {
            text.Add(bounds.Duration, service.Duration!.Counts, service.Duration.SumSeconds, ("service", service.Name));
        }

        text.Histogram("netsuperd_connection_start_seconds", "From accept until the handler was called or the child ran.");
        foreach (var service in status.Services.Where(service => service.Start is not null))
        {
            text.Add(bounds.Start, service.Start!.Counts, service.Start.SumSeconds, ("service", service.Name));
        }
    }

    private static void AddLimits(MetricsText text, DaemonStatus status)
    {
        var ofServices = status.Services.SelectMany(service => service.Limits.Select(limit => (Service: service.Name, Limit: limit)));
        var ofDaemon = new[] { status.MaxConnections, status.MaxPerNetwork }.OfType<LimitUse>()
            .Select(limit => (Service: "", Limit: limit));
        var all = ofDaemon.Concat(ofServices).ToList();
        text.Gauge("netsuperd_limit_used", "How much of a limit is used; without a service, of the whole daemon.");
        all.ForEach(use => text.Add(use.Limit.Used, ("service", use.Service), ("limit", use.Limit.Limit)));
        text.Gauge("netsuperd_limit_max", "The limit.");
        all.ForEach(use => text.Add(use.Limit.Most, ("service", use.Service), ("limit", use.Limit.Limit)));
    }

    private static void AddSockets(MetricsText text, DaemonStatus status)
    {
        text.Gauge("netsuperd_socket_failed", "Whether a socket has failed.");
        Each(socket => socket.State == "failed" ? 1 : 0);
        text.Gauge("netsuperd_socket_waiting", "Connections that wait to be accepted.");
        Each(socket => socket.Waiting);
        text.Counter("netsuperd_socket_dropped_total", "Datagrams or connections that the system has dropped at a full queue.");
        Each(socket => socket.Dropped);

        void Each(Func<SocketStatus, double?> value)
        {
            foreach (var socket in status.Sockets)
            {
                text.Add(value(socket), ("socket", socket.Socket), ("transport", socket.Transport), ("service", socket.Service));
            }
        }
    }

    private static void AddProcess(MetricsText text, ProcessUse? process)
    {
        if (process is null)
        {
            return;
        }

        text.Counter("netsuperd_process_cpu_seconds_total", "Processor time of the daemon, without its children.").Add(process.CpuSeconds);
        text.Gauge("netsuperd_process_resident_memory_bytes", "Resident memory of the daemon.").Add(process.ResidentBytes);
        text.Gauge("netsuperd_process_managed_memory_bytes", "Memory allocated by the garbage collector.").Add(process.ManagedBytes);
        text.Gauge("netsuperd_process_threads", "Threads of the daemon.").Add(process.Threads);
        text.Gauge("netsuperd_process_open_fds", "Open descriptors of the daemon.").Add(process.Descriptors);
        text.Gauge("netsuperd_process_max_fds", "How many descriptors it may have.").Add(process.MaxDescriptors);
        text.Counter("netsuperd_gc_collections_total", "Garbage collections, by generation.");
        for (var generation = 0; generation < process.Collections.Count; generation++)
        {
            text.Add(process.Collections[generation], ("generation", $"{generation}"));
        }

        text.Counter("netsuperd_gc_pause_seconds_total", "How long garbage collections have paused the daemon.").Add(process.PausedSeconds);
        text.Counter("netsuperd_loop_turns_total", "How often an event loop has returned from waiting.");
        foreach (var (loop, turns) in process.Loops)
        {
            text.Add(turns, ("loop", loop));
        }
    }

    private static double Seconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds() / 1000.0;
}
