using System.Collections.Frozen;

namespace NetSuperd.Windows;

/// <summary>
/// The keys and words of the map, and the kinds of sockets and peers, that the program for Windows does not have, each with its reason.
/// </summary>
internal static class AbsentKeys
{
    private const string Users = "Windows has no users and groups by number; the program serves with the account that it runs as";
    private const string Descriptors = "no other process can have a connection of Windows; leave it out, and the child has pipes";
    private const string Signals = "Windows has no signals: the end of its standard input asks a child to end";
    private const string Servers = "no other process can have a listening socket of Windows, so a program is started for each client";
    private const string Workers = "it needs a worker process, which the program for Windows does not have";
    private const string Sharing = "no other process can have a listening socket of Windows";
    private const string Option = "sockets of Windows do not have this option";
    private const string Control = "the daemon answers administrators and its own account alone, at daemon.control";
    private const string Journal = "Windows has no such service; \"eventlog\" is its event log";
    private const string Family = "the program for Windows has no such sockets";

    /// <summary>What Windows does not keep from other programs at a port that a socket shares with another one.</summary>
    public const string DoubtOfSharedPorts =
        "there a program of the daemon's account can bind a further address of it, and take its clients; name the addresses one by one "
        + "instead of all, or give the daemon an account of its own";

    /// <summary>All of them.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["daemon.operator_token_file"] = Control,
        ["daemon.raw_sockets"] = Family,
        ["daemon.status_group"] = Control,
        ["daemon.drain_children"] = "no child outlives the daemon, whose job objects they are in",
        ["daemon.restart_linger"] = Sharing,
        ["log.target.journal"] = Journal,
        ["log.target.syslog"] = Journal,
        ["services.user"] = Users,
        ["services.group"] = Users,
        ["services.groups"] = Users,
        ["services.umask"] = Users,
        ["services.chroot"] = Users,
        ["services.no_new_privs"] = Users,
        ["services.nice"] = "the priorities of Windows are classes, which no number of nice means",
        ["services.limits"] = "Windows has no limits of setrlimit(2)",
        ["services.linger"] = "the daemon has the connection itself, and always ends it so that the client gets everything",
        ["services.forge"] = Family,
        ["services.fds.stdio"] = Descriptors,
        ["services.fds.listen"] = Descriptors,
        ["services.fds.none"] = Servers,
        ["services.stop_signal"] = Signals,
        ["services.start"] = Servers,
        ["services.restart"] = Servers,
        ["services.notify"] = Servers,
        ["services.start_timeout"] = Servers,
        ["services.watchdog"] = Servers,
        ["services.on_change"] = Servers,
        ["services.processes"] = Servers,
        ["services.idle_stop"] = Servers,
        ["services.wait"] = Sharing,
        ["services.worker"] = Workers,
        ["services.tls"] = Workers,
        ["services.forward"] = Workers,
        ["services.balance"] = Workers,
        ["services.connect_timeout"] = Workers,
        ["services.source"] = Workers,
        ["services.transparent"] = Workers,
        ["services.send_proxy"] = Workers,
        ["services.tls_to"] = Workers,
        ["ports.by"] = Workers,
        ["ports.name"] = Sharing,
        ["ports.reuse_port"] = Option,
        ["ports.defer_accept"] = Option,
        ["ports.fastopen"] = Option,
        ["ports.device"] = Option,
        ["ports.freebind"] = Option,
        ["ports.transparent"] = Option,
        ["ports.tos"] = Option,
        ["ports.mark"] = Option,
        ["ports.priority"] = Option,
        ["ports.congestion"] = Option,
        ["ports.type"] = Family,
        ["ports.types"] = Family,
        ["ports.owner"] = Users,
        ["ports.group"] = Users,
        ["ports.mode"] = Users,
        ["peers.uid"] = Users,
        ["peers.gid"] = Users,
        ["peers.vsock"] = Family,
        ["sockets.unix"] = Family,
        ["sockets.vsock"] = Family,
        ["sockets.raw"] = Family,
        ["sockets.mptcp"] = Family,
        ["sockets.sctp"] = Family,
        ["sockets.udplite"] = Family,
    }.ToFrozenDictionary();
}
