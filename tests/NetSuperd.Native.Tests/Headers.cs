using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

/// <summary>Every number that Native declares beside the C expression that it stands for, and what gcc makes of that expression.</summary>
public sealed partial class Headers
{
    private const string Includes = """
        #define _GNU_SOURCE
        #include <elf.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <grp.h>
        #include <net/if.h>
        #include <netdb.h>
        #include <netinet/in.h>
        #include <linux/icmp.h>
        #include <linux/icmpv6.h>
        #include <linux/binfmts.h>
        #include <linux/bpf.h>
        #include <linux/capability.h>
        #include <linux/filter.h>
        #include <linux/inet_diag.h>
        #include <linux/limits.h>
        #include <linux/mptcp.h>
        #include <linux/mroute6.h>
        #include <linux/netlink.h>
        #include <linux/rtnetlink.h>
        #include <linux/openat2.h>
        #include <linux/posix_acl.h>
        #include <linux/posix_acl_xattr.h>
        #include <linux/sock_diag.h>
        #include <linux/sockios.h>
        #include <linux/tcp.h>
        #include <linux/udp.h>
        #include <linux/unix_diag.h>
        #include <linux/vm_sockets.h>
        #include <poll.h>
        #include <pwd.h>
        #include <sched.h>
        #include <signal.h>
        #include <spawn.h>
        #include <stddef.h>
        #include <stdio.h>
        #include <sys/epoll.h>
        #include <sys/ioctl.h>
        #include <sys/mman.h>
        #include <sys/resource.h>
        #include <sys/socket.h>
        #include <sys/prctl.h>
        #include <sys/stat.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <sys/un.h>
        #include <sys/wait.h>
        #include <termios.h>
        #include <time.h>
        #include <unistd.h>
        """;

    private static readonly Lazy<Dictionary<string, long>> Compiled = new(Compile);

    /// <summary>What gcc says an expression is.</summary>
    public static long Value(string expression) => Compiled.Value[expression];

    /// <summary>Constants that have the name of their C macro, wherever in the assembly they are declared.</summary>
    public static IEnumerable<(string Expression, long Declared)> Constants() =>
        Numbers().Where(field => MacroName().IsMatch(field.Name)).Select(field => (field.Name, Number(field.GetValue(null)!)));

    /// <summary>The other constants that are numbers of the C library or of the kernel: by our name, with what they are in C.</summary>
    public static IEnumerable<(string Name, string Expression, long Declared)> Renamed()
    {
        var numbers = Numbers().ToDictionary(FullName, field => Number(field.GetValue(null)!));
        return Expressions.Select(pair => (pair.Key, pair.Value, numbers[pair.Key]));
    }

    /// <summary>Constants that are compared with nothing, and that nothing says to be our own.</summary>
    public static IEnumerable<string> Unknown() =>
        Numbers().Where(field => !MacroName().IsMatch(field.Name)).Select(FullName)
            .Where(name => !Expressions.ContainsKey(name) && !Own.Contains(name));

    /// <summary>Names of the tables below that no constant has any more.</summary>
    public static IEnumerable<string> Gone() => Expressions.Keys.Concat(Own).Except(Numbers().Select(FullName));

    /// <summary>The members of an enumeration that have the name of their C macro.</summary>
    public static IEnumerable<(string Expression, long Declared)> Errnos() =>
        Enum.GetValues<Errno>().Select(errno => (errno.ToString(), (long)errno));

    /// <summary>The numbers of the signals by the names that the log writes.</summary>
    public static IEnumerable<(string Expression, long Declared)> SystemCalls() =>
        SystemCall.Known.Select(call => ($"SYS_{call.Name}", call.Number));

    public static IEnumerable<(string Expression, long Declared)> Signals() =>
        Enumerable.Range(1, 31).Select(signal => (SignalName.Of(signal), (long)signal));

    /// <summary>The options of sockets that are compared after a child.</summary>
    public static IEnumerable<(string Expression, long Declared)> SocketOptions() =>
    [
        .. Members<SocketLevelOption>(), .. Members<IPLevelOption>(), .. Members<IPv6LevelOption>(), .. Members<TcpLevelOption>(),
        .. Members<UdpLevelOption>(),
    ];

    /// <summary>Numbers of the kernel that our own enumerations keep.</summary>
    public static IEnumerable<(string Expression, long Declared)> Enumerated() =>
    [
        ("AF_VSOCK", (long)Families.Vsock),
        ("IPPROTO_MPTCP", (long)IpProtocols.Mptcp), ("IPPROTO_UDPLITE", (long)IpProtocols.UdpLite),
        ("IPPROTO_SCTP", (long)IpProtocols.Sctp),
        ("EPOLLIN", (long)Events.Read), ("EPOLLOUT", (long)Events.Write), ("EPOLLRDHUP", (long)Events.End),
        ("EPOLLPRI", (long)Events.Urgent), ("(unsigned)EPOLLET", (long)Events.Edge),
        ("S_IFIFO", (long)FileType.Fifo), ("S_IFCHR", (long)FileType.CharacterDevice), ("S_IFDIR", (long)FileType.Directory),
        ("S_IFBLK", (long)FileType.BlockDevice), ("S_IFREG", (long)FileType.Regular), ("S_IFLNK", (long)FileType.SymbolicLink),
        ("S_IFSOCK", (long)FileType.Socket),
    ];

    /// <summary>The resources that have limits.</summary>
    public static IEnumerable<(string Expression, long Declared)> Resources() => Members<LimitedResource>();

    /// <summary>Sizes and offsets.</summary>
    public static IEnumerable<(string Expression, long Declared)> Layouts() =>
    [
        ("sizeof(struct rusage)", Marshal.SizeOf<Libc.ResourceUsage>()),
        ("offsetof(struct rusage, ru_utime.tv_sec)", Offset<Libc.ResourceUsage>("ru_utime_sec")),
        ("offsetof(struct rusage, ru_utime.tv_usec)", Offset<Libc.ResourceUsage>("ru_utime_usec")),
        ("offsetof(struct rusage, ru_stime.tv_sec)", Offset<Libc.ResourceUsage>("ru_stime_sec")),
        ("offsetof(struct rusage, ru_stime.tv_usec)", Offset<Libc.ResourceUsage>("ru_stime_usec")),
        ("offsetof(struct rusage, ru_maxrss)", Offset<Libc.ResourceUsage>("ru_maxrss")),
        ("offsetof(struct posix_acl_xattr_entry, e_perm)", 2),
        ("offsetof(struct posix_acl_xattr_entry, e_id)", 4),
        ("offsetof(struct tcp_info, tcpi_state)", 0),
        ("sizeof(struct sockaddr_un)", SocketName.SizeOfUnix),
        ("offsetof(struct sockaddr_in6, sin6_port)", SocketName.OffsetOfPort),
        ("offsetof(struct sockaddr_in6, sin6_scope_id)", SocketName.OffsetOfAddress6 + SocketName.SizeOfAddress6),
        ("sizeof(struct ucred)", Marshal.SizeOf<PeerCredentials>()),
        ("offsetof(struct ucred, pid)", Offset<PeerCredentials>("<Pid>k__BackingField")),
        ("offsetof(struct ucred, uid)", Offset<PeerCredentials>("<Uid>k__BackingField")),
        ("offsetof(struct ucred, gid)", Offset<PeerCredentials>("<Gid>k__BackingField")),
        ("S_ISUID", (long)UnixFileMode.SetUser),
        ("S_ISVTX", (long)UnixFileMode.StickyBit),
        .. Fields<Libc.Statx>("statx"),
        .. Fields<Libc.TimeSpec>("timespec"),
        .. Fields<Libc.TimeValue>("timeval"),
        .. Fields<Libc.WindowSize>("winsize"),
        .. Fields<Libc.Termios>("termios"),
        .. Fields<Libc.PollDescriptor>("pollfd"),
        .. Fields<Libc.Part>("iovec"),
        .. Fields<Libc.MessageHeader>("msghdr"),
        .. Fields<Libc.ControlHeader>("cmsghdr"),
        .. Fields<Libc.MultiMessage>("mmsghdr"),
        .. Fields<Libc.PacketInfo>("in_pktinfo"),
        .. Fields<Libc.PacketInfo6>("in6_pktinfo"),
        .. Fields<FilterInstruction>("sock_filter"),
        .. Fields<Libc.FilterProgram>("sock_fprog"),
        .. Fields<Libc.NetlinkHeader>("nlmsghdr"),
        .. Fields<Libc.NetlinkAddress>("sockaddr_nl"),
        .. Fields<Libc.NetlinkAttribute>("nlattr"),
        .. Fields<Libc.InetDiagId>("inet_diag_sockid"),
        .. Fields<Libc.InetDiagRequest>("inet_diag_req_v2"),
        .. Fields<Libc.InetDiagMessage>("inet_diag_msg"),
        .. Fields<Libc.UnixDiagRequest>("unix_diag_req"),
        .. Fields<Libc.UnixDiagMessage>("unix_diag_msg"),
        .. Fields<Libc.UnixDiagFile>("unix_diag_vfs"),
        .. Fields<Libc.UnixDiagQueue>("unix_diag_rqlen"),
        .. Fields<Libc.Passwd>("passwd"),
        .. Fields<Libc.Group>("group"),
        .. Fields<Libc.Servent>("servent"),
        .. Fields<Libc.Protoent>("protoent"),
    ];

    private static IEnumerable<(string, long)> Members<T>()
        where T : struct, Enum
        => Enum.GetValues<T>().Select(member => (member.ToString(), Convert.ToInt64(member, CultureInfo.InvariantCulture)));

    private static IEnumerable<(string, long)> Fields<T>(string name) => typeof(T)
        .GetFields(BindingFlags.Instance | BindingFlags.Public)
        .Select(field => ($"offsetof(struct {name}, {field.Name})", Offset<T>(field.Name)))
        .Append(($"sizeof(struct {name})", Marshal.SizeOf<T>()));

    private static long Offset<T>(string field) => (long)Marshal.OffsetOf<T>(field);

    private static string FullName(FieldInfo field) => $"{field.DeclaringType!.Name}.{field.Name}";

    private static IEnumerable<FieldInfo> Numbers() => typeof(Libc).Assembly.GetTypes().Concat(typeof(Errno).Assembly.GetTypes())
        .Where(type => !type.IsEnum && !type.Name.Contains('<', StringComparison.Ordinal)
            && (type.Namespace == typeof(Libc).Namespace || type.Namespace == typeof(Errno).Namespace))
        .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(field => (field.IsLiteral || field.IsInitOnly) && (field.FieldType.IsPrimitive || field.FieldType == typeof(nint))
            && field.FieldType != typeof(bool) && field.FieldType != typeof(char) && !field.Name.Contains('<', StringComparison.Ordinal));

    private static long Number(object value) => value is nint native ? native : Convert.ToInt64(value, CultureInfo.InvariantCulture);

    private static Dictionary<string, long> Compile()
    {
        var expressions = Constants().Concat(SocketOptions())
            .Concat(Errnos())
            .Concat(Signals())
            .Concat(SystemCalls())
            .Concat(Enumerated())
            .Concat(Resources())
            .Concat(Layouts())
            .Select(pair => pair.Expression)
            .Concat(Renamed().Select(constant => constant.Expression))
            .Distinct();
        var lines = expressions.Select(expression => $"    printf(\"%s\\t%lld\\n\", \"{expression}\", (long long)({expression}));");
        return CProgram.Run($"{Includes}\nint main(void)\n{{\n{string.Join('\n', lines)}\n    return 0;\n}}\n")
            .Select(line => line.Split('\t'))
            .ToDictionary(fields => fields[0], fields => long.Parse(fields[1], CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"\A(SYS_\w+|[A-Z][A-Z0-9_]{3,})\z")]
    private static partial Regex MacroName();
}
