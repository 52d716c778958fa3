using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace NetSuperd.Native.Tests;

/// <summary>Every number that Native declares beside the C expression that it stands for, and what gcc makes of that expression.</summary>
public sealed partial class Headers
{
    private const string Includes = """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <fcntl.h>
        #include <grp.h>
        #include <net/if.h>
        #include <netdb.h>
        #include <netinet/in.h>
        #include <linux/bpf.h>
        #include <linux/filter.h>
        #include <linux/inet_diag.h>
        #include <linux/limits.h>
        #include <linux/netlink.h>
        #include <linux/openat2.h>
        #include <linux/posix_acl.h>
        #include <linux/posix_acl_xattr.h>
        #include <linux/sock_diag.h>
        #include <linux/tcp.h>
        #include <linux/udp.h>
        #include <linux/unix_diag.h>
        #include <poll.h>
        #include <pwd.h>
        #include <sched.h>
        #include <signal.h>
        #include <spawn.h>
        #include <stddef.h>
        #include <stdio.h>
        #include <sys/epoll.h>
        #include <sys/mman.h>
        #include <sys/resource.h>
        #include <sys/socket.h>
        #include <sys/stat.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <sys/un.h>
        #include <sys/wait.h>
        #include <time.h>
        #include <unistd.h>
        """;

    private static readonly Lazy<Dictionary<string, long>> Compiled = new(Compile);

    /// <summary>What gcc says an expression is.</summary>
    public static long Value(string expression) => Compiled.Value[expression];

    /// <summary>Constants that have the name of their C macro, wherever in the assembly they are declared.</summary>
    public static IEnumerable<(string Expression, long Declared)> Constants() => typeof(Libc).Assembly.GetTypes()
        .Where(type => !type.IsEnum)
        .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(field => (field.IsLiteral || (field.IsInitOnly && field.FieldType == typeof(nint))) && MacroName().IsMatch(field.Name))
        .Select(field => (field.Name, Number(field.GetValue(null)!)));

    /// <summary>The members of an enumeration that have the name of their C macro.</summary>
    public static IEnumerable<(string Expression, long Declared)> Errnos() =>
        Enum.GetValues<Errno>().Select(errno => (errno.ToString(), (long)errno));

    /// <summary>The numbers of the signals by the names that the log writes.</summary>
    public static IEnumerable<(string Expression, long Declared)> Signals() =>
        Enumerable.Range(1, 31).Select(signal => (SignalName.Of(signal), (long)signal));

    /// <summary>The options of sockets that are compared after a child.</summary>
    public static IEnumerable<(string Expression, long Declared)> SocketOptions() =>
    [
        .. Members<SocketLevelOption>(), .. Members<IPLevelOption>(), .. Members<IPv6LevelOption>(), .. Members<TcpLevelOption>(),
        .. Members<UdpLevelOption>(),
    ];

    /// <summary>The kinds of file.</summary>
    public static IEnumerable<(string Expression, long Declared)> FileTypes() =>
    [
        ("S_IFIFO", (long)FileType.Fifo), ("S_IFCHR", (long)FileType.CharacterDevice), ("S_IFDIR", (long)FileType.Directory),
        ("S_IFBLK", (long)FileType.BlockDevice), ("S_IFREG", (long)FileType.Regular), ("S_IFLNK", (long)FileType.SymbolicLink),
        ("S_IFSOCK", (long)FileType.Socket), ("S_ISUID", (long)UnixFileMode.SetUser), ("S_ISVTX", (long)UnixFileMode.StickyBit),
    ];

    /// <summary>Sizes and offsets.</summary>
    public static IEnumerable<(string Expression, long Declared)> Layouts() =>
    [
        ("sizeof(posix_spawn_file_actions_t)", Libc.SizeOfFileActions),
        ("sizeof(posix_spawnattr_t)", Libc.SizeOfSpawnAttributes),
        ("sizeof(sigset_t)", Libc.SizeOfSignalSet),
        ("sizeof(((struct sockaddr_un *)0)->sun_path)", Libc.SizeOfUnixPath),
        ("sizeof(struct sockaddr_storage)", Libc.SizeOfAnyAddress),
        ("sizeof(struct sockaddr_un)", 2 + Libc.SizeOfUnixPath),
        ("offsetof(struct sockaddr_un, sun_path)", 2),
        ("offsetof(struct sockaddr_in, sin_port)", SocketName.OffsetOfPort),
        ("offsetof(struct sockaddr_in6, sin6_port)", SocketName.OffsetOfPort),
        ("offsetof(struct sockaddr_in, sin_addr)", SocketName.OffsetOfAddress),
        ("sizeof(struct in_addr)", SocketName.SizeOfAddress),
        ("offsetof(struct sockaddr_in6, sin6_addr)", SocketName.OffsetOfAddress6),
        ("sizeof(struct in6_addr)", SocketName.SizeOfAddress6),
        ("offsetof(struct sockaddr_in6, sin6_scope_id)", SocketName.OffsetOfAddress6 + SocketName.SizeOfAddress6),
        ("sizeof(struct epoll_event)", OfEpoll("EventSize")),
        ("offsetof(struct epoll_event, data)", OfEpoll("DataOffset")),
        ("sizeof(struct rusage)", Marshal.SizeOf<ResourceUsage>()),
        ("offsetof(struct rusage, ru_utime.tv_sec)", Offset<ResourceUsage>("ru_utime_sec")),
        ("offsetof(struct rusage, ru_utime.tv_usec)", Offset<ResourceUsage>("ru_utime_usec")),
        ("offsetof(struct rusage, ru_stime.tv_sec)", Offset<ResourceUsage>("ru_stime_sec")),
        ("offsetof(struct rusage, ru_stime.tv_usec)", Offset<ResourceUsage>("ru_stime_usec")),
        ("offsetof(struct rusage, ru_maxrss)", Offset<ResourceUsage>("ru_maxrss")),
        ("sizeof(struct posix_acl_xattr_header)", Writers.HeadBytes),
        ("sizeof(struct posix_acl_xattr_entry)", Writers.EntryBytes),
        ("offsetof(struct posix_acl_xattr_entry, e_perm)", 2),
        ("offsetof(struct posix_acl_xattr_entry, e_id)", 4),
        ("XATTR_SIZE_MAX", Writers.MostBytes),
        ("offsetof(struct tcp_info, tcpi_state)", 0),
        ("SO_MEMINFO", SocketDrops.SO_MEMINFO),
        ("SK_MEMINFO_DROPS", SocketDrops.SK_MEMINFO_DROPS),
        ("offsetof(struct tcp_info, tcpi_unacked)", TcpInfo.OffsetOfUnacked),
        ("offsetof(struct tcp_info, tcpi_last_data_sent)", TcpInfo.OffsetOfLastSent),
        ("offsetof(struct tcp_info, tcpi_last_data_recv)", TcpInfo.OffsetOfLastReceived),
        ("offsetof(struct tcp_info, tcpi_rtt)", TcpInfo.OffsetOfRtt),
        ("offsetof(struct tcp_info, tcpi_total_retrans)", TcpInfo.OffsetOfTotalRetransmits),
        ("offsetof(struct tcp_info, tcpi_bytes_acked)", TcpInfo.OffsetOfAcknowledged),
        ("offsetof(struct tcp_info, tcpi_bytes_received)", TcpInfo.OffsetOfReceived),
        ("offsetof(struct tcp_info, tcpi_bytes_sent)", TcpInfo.OffsetOfSent),
        ("offsetof(struct tcp_info, tcpi_bytes_retrans)", TcpInfo.OffsetOfSentAgain),
        ("offsetof(struct tcp_info, tcpi_bytes_retrans) + 8", TcpInfo.Size),
        ("BPF_TCP_ESTABLISHED", TcpInfo.Established),
        ("BPF_TCP_SYN_SENT", TcpInfo.SynSent),
        ("BPF_TCP_SYN_RECV", TcpInfo.SynReceived),
        ("BPF_TCP_CLOSE_WAIT", TcpInfo.CloseWait),
        ("BPF_TCP_CLOSE", TcpInfo.Closed),
        ("BPF_TCP_LISTEN", TcpInfo.Listening),
        ("BPF_TCP_LAST_ACK", TcpInfo.LastAck),
        ("BPF_TCP_CLOSING", TcpInfo.Closing),
        ("sizeof(struct ucred)", Marshal.SizeOf<PeerCredentials>()),
        ("offsetof(struct ucred, pid)", Offset<PeerCredentials>("<Pid>k__BackingField")),
        ("offsetof(struct ucred, uid)", Offset<PeerCredentials>("<Uid>k__BackingField")),
        ("offsetof(struct ucred, gid)", Offset<PeerCredentials>("<Gid>k__BackingField")),
        .. Fields<FileStatus.Statx>("statx"),
        .. Fields<Libc.TimeSpec>("timespec"),
        .. Fields<Libc.TimeValue>("timeval"),
        .. Fields<Libc.PollDescriptor>("pollfd"),
        .. Fields<Libc.Part>("iovec"),
        .. Fields<Libc.MessageHeader>("msghdr"),
        .. Fields<Libc.ControlHeader>("cmsghdr"),
        .. Fields<Libc.MultiMessage>("mmsghdr"),
        .. Fields<Libc.PacketInfo>("in_pktinfo"),
        .. Fields<Libc.PacketInfo6>("in6_pktinfo"),
        .. Fields<ListenFilter.Instruction>("sock_filter"),
        .. Fields<ListenFilter.Program>("sock_fprog"),
        .. Fields<Netlink.Header>("nlmsghdr"),
        .. Fields<Netlink.AttributeHeader>("nlattr"),
        .. Fields<SocketDiagnosis.Id>("inet_diag_sockid"),
        .. Fields<SocketDiagnosis.Request>("inet_diag_req_v2"),
        .. Fields<SocketDiagnosis.Message>("inet_diag_msg"),
        .. Fields<UnixDiagnosis.Request>("unix_diag_req"),
        .. Fields<UnixDiagnosis.Message>("unix_diag_msg"),
        .. Fields<UnixDiagnosis.Vfs>("unix_diag_vfs"),
        .. Fields<UnixDiagnosis.QueueLengths>("unix_diag_rqlen"),
        .. Fields<NameService.Passwd>("passwd"),
        .. Fields<NameService.Group>("group"),
        .. Fields<NameService.Servent>("servent"),
    ];

    private static IEnumerable<(string, long)> Members<T>()
        where T : struct, Enum
        => Enum.GetValues<T>().Select(member => (member.ToString(), Convert.ToInt64(member, CultureInfo.InvariantCulture)));

    private static IEnumerable<(string, long)> Fields<T>(string name) => typeof(T)
        .GetFields(BindingFlags.Instance | BindingFlags.Public)
        .Select(field => ($"offsetof(struct {name}, {field.Name})", Offset<T>(field.Name)))
        .Append(($"sizeof(struct {name})", Marshal.SizeOf<T>()));

    private static long Offset<T>(string field) => (long)Marshal.OffsetOf<T>(field);

    private static long OfEpoll(string field) =>
        Number(typeof(Epoll).GetField(field, BindingFlags.Static | BindingFlags.NonPublic)!.GetValue(null)!);

    private static long Number(object value) => value is nint native ? native : Convert.ToInt64(value, CultureInfo.InvariantCulture);

    private static Dictionary<string, long> Compile()
    {
        var expressions = Constants().Concat(SocketOptions())
            .Concat(Errnos())
            .Concat(Signals())
            .Concat(FileTypes())
            .Concat(Layouts())
            .Select(pair => pair.Item1)
            .Distinct();
        var lines = expressions.Select(expression => $"    printf(\"%s\\t%lld\\n\", \"{expression}\", (long long)({expression}));");
        return CProgram.Run($"{Includes}\nint main(void)\n{{\n{string.Join('\n', lines)}\n    return 0;\n}}\n")
            .Select(line => line.Split('\t'))
            .ToDictionary(fields => fields[0], fields => long.Parse(fields[1], CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"\A(SYS_\w+|[A-Z][A-Z0-9_]{3,})\z")]
    private static partial Regex MacroName();
}
