namespace NetSuperd.Server.Config;

/// <summary>Whether the system probes idle connections (socket(7), SO_KEEPALIVE), and when (tcp(7)).</summary>
/// <param name="IsOn">Whether it does.</param>
/// <param name="Idle">TCP_KEEPIDLE: how long a connection is idle before the first probe; null: the system's default.</param>
/// <param name="Interval">TCP_KEEPINTVL: the time between probes; null: the system's default.</param>
/// <param name="Probes">TCP_KEEPCNT: after so many probes without an answer the connection ends; null: the system's default.</param>
public sealed record KeepAlive(bool IsOn, TimeSpan? Idle = null, TimeSpan? Interval = null, int? Probes = null);
