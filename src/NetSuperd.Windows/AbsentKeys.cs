using System.Collections.Frozen;

namespace NetSuperd.Windows;

/// <summary>The keys of the map and the kinds of sockets that the program for Windows does not have, each with its reason.</summary>
internal static class AbsentKeys
{
    private const string Users = "Windows has no users and groups by number; the program serves with the account that it runs as";
    private const string Children = "the program for Windows starts no children yet";
    private const string Workers = "it needs a worker process, which the program for Windows does not have";
    private const string Sharing = "no other process can have a listening socket of Windows";
    private const string Option = "sockets of Windows do not have this option";
    private const string Control = "the daemon answers administrators and its own account alone, at daemon.control";
    private const string Journal = "Windows has no such service; \"eventlog\" is its event log";
    private const string Family = "Winsock has no such sockets for the program";

    /// <summary>All of them.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["daemon.operator_token_file"] = Control,
        ["daemon.raw_sockets"] = Family,
        ["daemon.status_group"] = Control,
        ["daemon.drain_children"] = Children,
        ["daemon.restart_linger"] = Sharing,
        ["log.target.journal"] = Journal,
        ["log.target.syslog"] = Journal,
        ["services.user"] = Users,
        ["services.group"] = Users,
        ["services.groups"] = Users,
        ["services.umask"] = Users,
        ["services.chroot"] = Users,
        ["services.no_new_privs"] = Users,
        ["services.exec"] = Children,
        ["services.clients"] = Children,
        ["services.nice"] = Children,
        ["services.limits"] = Children,
        ["services.stderr"] = Children,
        ["services.linger"] = Children,
        ["services.fds"] = Children,
        ["services.cwd"] = Children,
        ["services.env"] = Children,
        ["services.pass_env"] = Children,
        ["services.stop_signal"] = Children,
        ["services.start"] = Children,
        ["services.notify"] = Children,
        ["services.start_timeout"] = Children,
        ["services.watchdog"] = Children,
        ["services.on_change"] = Children,
        ["services.processes"] = Children,
        ["services.idle_stop"] = Children,
        ["services.wait"] = Sharing,
        ["services.worker"] = Workers,
        ["services.tls"] = Workers,
        ["services.by"] = Workers,
        ["services.forward"] = Workers,
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
        ["ports.owner"] = Users,
        ["ports.group"] = Users,
        ["ports.mode"] = Users,
        ["sockets.unix"] = Family,
        ["sockets.vsock"] = Family,
        ["sockets.raw"] = Family,
        ["sockets.mptcp"] = Family,
        ["sockets.sctp"] = Family,
        ["sockets.udplite"] = Family,
    }.ToFrozenDictionary();
}
