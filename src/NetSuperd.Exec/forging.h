/*
 * A filter of system calls (seccomp(2)) for a child with a raw socket, which must not forge packets.
 *
 * Overview. A raw socket sends packets of one protocol from an address of this host: the kernel writes the header. No right is needed to
 * change that on a socket that a process has: an option makes the process write the header (IP_HDRINCL, IPV6_HDRINCL), others or bind(2)
 * give it a source address that this host does not have. The filter refuses these calls, those that would open another way to the network
 * below IP, and those that would go round the filter. A socket of IGMP or ICMPv6 could make its process the multicast router of the host
 * without any further right (ip_mroute_setsockopt of net/ipv4/ipmr.c), and a router forwards packets of any source. The filter also refuses
 * what changes which packets the socket receives, because the next child and the daemon share the socket. It holds for every descendant
 * (PR_SET_NO_NEW_PRIVS of prctl(2)), whatever user it becomes.
 *
 * The kernel ignores the upper half of an argument that is an int, and so does the filter. A refused call fails with EPERM, as without the
 * right, so that a program can say so and continue.
 */

enum {
	MOST_OF_FILTER = 96,
	X32 = 0x40000000, /* __X32_SYSCALL_BIT */

	/* bits/socket.h, bits/socket_type.h, bits/in.h and netinet/in.h, which belong to a C library */
	AF_NETLINK_ = 16,
	AF_PACKET_ = 17,
	SIZE_OF_NETLINK_ADDRESS = 12, /* struct sockaddr_nl of linux/netlink.h */
	TYPE_OF_SOCKET = 0xF,
	SOCK_RAW_ = 3,
	SOCK_PACKET_ = 10,
	SOL_IP_ = 0,
	SOL_IPV6_ = 41,
	SOL_ICMPV6_ = 58,
	SOL_RAW_ = 255,
	IP_HDRINCL_ = 3,
	IP_ROUTER_ALERT_ = 5,
	IP_FREEBIND_ = 15,
	IP_TRANSPARENT_ = 19,
	IPV6_ROUTER_ALERT_ = 22,
	IPV6_HDRINCL_ = 36,
	IPV6_TRANSPARENT_ = 75,
	IPV6_FREEBIND_ = 78,
	ICMP_FILTER_ = 1,
	FIRST_OF_ROUTING = 200, /* MRT_BASE of linux/mroute.h, MRT6_BASE of linux/mroute6.h: other options have lower numbers */
};

#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#else
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

struct filter {
	struct sock_filter program[MOST_OF_FILTER];
	number length;
};

static void put_step(struct filter *filter, unsigned code, unsigned value, unsigned where_true, unsigned where_false)
{
	filter->program[filter->length++] = (struct sock_filter){
		(unsigned short)code, (unsigned char)where_true, (unsigned char)where_false, value
	};
}

/* Loads a field of struct seccomp_data. Both architectures have the lower half of an argument first. */
static void load(struct filter *filter, number offset)
{
	put_step(filter, BPF_LD | BPF_W | BPF_ABS, (unsigned)offset, 0, 0);
}

static void load_argument(struct filter *filter, int index)
{
	load(filter, __builtin_offsetof(struct seccomp_data, args) + (number)index * sizeof(__u64));
}

static void refuse(struct filter *filter)
{
	put_step(filter, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM, 0, 0);
}

static void allow(struct filter *filter)
{
	put_step(filter, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

/* Refuses the call if the loaded value is this one. */
static void refuse_if(struct filter *filter, unsigned value)
{
	put_step(filter, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
	refuse(filter);
}

/* Begins a part for a loaded value, which must end with a return, and gives its place to land(). */
static number when(struct filter *filter, unsigned value)
{
	put_step(filter, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 0);
	return filter->length - 1;
}

/* Lets other values skip the part. */
static void land(struct filter *filter, number when)
{
	filter->program[when].jf = (unsigned char)(filter->length - when - 1);
}

/* Refuses options of a level, whose number is loaded, and those of multicast routing. */
static void refuse_options(struct filter *filter, unsigned level, const unsigned *options, number count)
{
	number part = when(filter, level);

	load_argument(filter, 2);
	put_step(filter, BPF_JMP | BPF_JGE | BPF_K, FIRST_OF_ROUTING, 0, 1);
	refuse(filter);
	for (number i = 0; i < count; i++)
		refuse_if(filter, options[i]);
	allow(filter);
	land(filter, part);
}

static void put_options(struct filter *filter)
{
	static const unsigned ip[] = { IP_HDRINCL_, IP_ROUTER_ALERT_, IP_FREEBIND_, IP_TRANSPARENT_ };
	static const unsigned ipv6[] = { IPV6_ROUTER_ALERT_, IPV6_HDRINCL_, IPV6_FREEBIND_, IPV6_TRANSPARENT_ };
	static const unsigned raw[] = { ICMP_FILTER_, IPV6_HDRINCL_ }; /* the latter also here: do_rawv6_setsockopt of net/ipv6/raw.c */
	static const unsigned icmp[] = { ICMP_FILTER_ }; /* ICMPV6_FILTER has the same number */
	number part = when(filter, __NR_setsockopt);

	load_argument(filter, 1);
	refuse_options(filter, SOL_IP_, ip, sizeof ip / sizeof *ip);
	refuse_options(filter, SOL_IPV6_, ipv6, sizeof ipv6 / sizeof *ipv6);
	refuse_options(filter, SOL_RAW_, raw, sizeof raw / sizeof *raw);
	refuse_options(filter, SOL_ICMPV6_, icmp, sizeof icmp / sizeof *icmp);
	allow(filter);
	land(filter, part);
}

/*
 * bind(2), except with the address of a socket of netlink(7): the C library binds one to ask for the addresses of the host. That address is
 * shorter than one of IP, so the kernel takes it for no socket of IP (raw_bind in net/ipv4/raw.c, rawv6_bind in net/ipv6/raw.c).
 */
static void put_bind(struct filter *filter)
{
	number part = when(filter, __NR_bind);

	load_argument(filter, 2);
	put_step(filter, BPF_JMP | BPF_JEQ | BPF_K, SIZE_OF_NETLINK_ADDRESS, 1, 0);
	refuse(filter);
	allow(filter);
	land(filter, part);
}

/* New sockets. A raw socket of netlink(7), by which the C library asks for the addresses of the host, sends no packets. */
static void put_sockets(struct filter *filter)
{
	number part = when(filter, __NR_socket), netlink;

	load_argument(filter, 0);
	refuse_if(filter, AF_PACKET_);
	netlink = when(filter, AF_NETLINK_);
	allow(filter);
	land(filter, netlink);
	load_argument(filter, 1);
	put_step(filter, BPF_ALU | BPF_AND | BPF_K, TYPE_OF_SOCKET, 0, 0);
	refuse_if(filter, SOCK_RAW_);
	refuse_if(filter, SOCK_PACKET_); /* with AF_INET the old name of AF_PACKET (packet(7)) */
	allow(filter);
	land(filter, part);
}

static void forbid_forging(const struct options *options)
{
	struct filter filter;
	struct sock_fprog program;

	filter.length = 0;
	load(&filter, __builtin_offsetof(struct seccomp_data, arch));
	put_step(&filter, BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCHITECTURE, 1, 0);
	refuse(&filter);
	load(&filter, __builtin_offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
	put_step(&filter, BPF_JMP | BPF_JGE | BPF_K, X32, 0, 1);
	refuse(&filter);
#endif
	refuse_if(&filter, __NR_io_uring_setup);
	put_bind(&filter);
	put_options(&filter);
	put_sockets(&filter);
	allow(&filter);
	program.len = (unsigned short)filter.length;
	program.filter = filter.program;
	check(options, CALL(prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), FORGING, "no-forging", "");
}
