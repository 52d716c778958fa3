/* The options of netsuperd-exec, and the text, number and exit functions that reading them needs. */

#include "system.h"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/signal.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/seccomp.h>

enum status {
	USAGE = 64,
	CWD = 200,
	NICE = 201,
	EXEC = 203,
	LIMITS = 205,
	CHROOT = 210,
	GROUP = 216,
	USER = 217,
	CAPABILITIES = 218,
	KEYRING = 237,
	NEW_PRIVS = 227,
	FORGING = 228,
};

enum {
	MOST_GROUPS = 65536, /* NGROUPS_MAX, limits.h */
	STANDARD_ERROR = 2,
};

typedef unsigned long number;

static const char help[] =
	"usage: netsuperd-exec [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
	"Applies the options in one safe order and executes PROGRAM, whose path has a slash.\n"
	"\n"
	"  --nice=N                    scheduling priority, -20 to 19\n"
	"  --limit=NAME=SOFT[:HARD]    resource limit of setrlimit(2), such as nofile=1024:4096; a number or unlimited;\n"
	"                              without HARD the hard limit stays; may be given for each resource\n"
	"  --umask=OCTAL               file mode creation mask\n"
	"  --chroot=DIR                root directory\n"
	"  --cwd=DIR                   working directory, below the root directory\n"
	"  --groups=N,N,...            supplementary groups; empty for none\n"
	"  --gid=N                     real, effective and saved group\n"
	"  --uid=N                     real, effective and saved user; a user other than 0 keeps no capability\n"
	"  --no-new-privs              executed programs gain no rights\n"
	"  --no-forging                PROGRAM and its children cannot send forged packets by a raw socket that they have, and cannot open\n"
	"                              another; needs --no-new-privs\n"
	"  --argv0=NAME                the name that PROGRAM gets as argv[0]; default: its path\n"
	"  --keep-rights               keeps capabilities and the session keyring: for the daemon itself, when it restarts\n"
	"  --detach                    starts PROGRAM in a child, waits for it and exits as it does; if only this process is killed,\n"
	"                              PROGRAM runs on\n"
	"  --init                      stays as the first process of a container: starts PROGRAM in a child, passes signals on to it, reaps\n"
	"                              every orphan and exits as PROGRAM does, or as the daemon that has replaced it\n"
	"  --listen-pid                sets LISTEN_PID to its own process id, for sd_listen_fds(3)\n"
	"  --report=FD                 writes a failure there as PID STATUS ERRNO, instead of to standard error\n"
	"  --fork-server=1             stays and starts a child for each request of the daemon on descriptor 3; the requests have the options\n"
	"                              and PROGRAM, in this version of their form\n"
	"  --no-bounds                 with --fork-server: empties the capability bounding set once, instead of in every child\n"
	"  --own-children              with --fork-server: keeps its children, for a kernel that does not give them to the daemon\n";

static const char *const resources[RLIM_NLIMITS] = {
	[RLIMIT_CPU] = "cpu",	      [RLIMIT_FSIZE] = "fsize",	    [RLIMIT_DATA] = "data",	    [RLIMIT_STACK] = "stack",
	[RLIMIT_CORE] = "core",	      [RLIMIT_RSS] = "rss",	    [RLIMIT_NPROC] = "nproc",	    [RLIMIT_NOFILE] = "nofile",
	[RLIMIT_MEMLOCK] = "memlock", [RLIMIT_AS] = "as",	    [RLIMIT_LOCKS] = "locks",	    [RLIMIT_SIGPENDING] = "sigpending",
	[RLIMIT_MSGQUEUE] = "msgqueue", [RLIMIT_NICE] = "nice",	    [RLIMIT_RTPRIO] = "rtprio",	    [RLIMIT_RTTIME] = "rttime",
};

/* The options as read. They are on the stack: a writable global would be one more page to map, which is most of what this program costs. */
struct options {
	const char *root, *directory, *groups, *name;
	struct {
		struct rlimit64 value;
		int is_set, keeps_hard;
	} limits[RLIM_NLIMITS];
	number group_count, user, group, umask, report;
	long nice;
	int has_user, has_group, has_umask, has_nice, has_report, no_new_privs, no_forging, listen_pid, keep_rights, detach, init, fork_server;
	int own_children, no_bounds;
};

/* The compiler may call these even without a C library (gcc(1), -ffreestanding), and does so on aarch64. */

void *memset(void *start, int value, number count)
{
	for (char *byte = start; count--; byte++)
		*byte = (char)value;
	return start;
}

void *memcpy(void *start, const void *from, number count)
{
	const char *source = from;

	for (char *byte = start; count--; byte++)
		*byte = *source++;
	return start;
}

/* Text */

static number length(const char *text)
{
	number count = 0;

	while (text[count])
		count++;
	return count;
}

static int equal(const char *one, const char *other)
{
	while (*one && *one == *other)
		one++, other++;
	return *one == *other;
}

/* What follows the prefix in the text, or null. */
static const char *after(const char *text, const char *prefix)
{
	while (*prefix)
		if (*text++ != *prefix++)
			return 0;
	return text;
}

static char *put(char *end, const char *text)
{
	while (*text)
		*end++ = *text++;
	*end = 0;
	return end;
}

static char *put_number(char *end, number value)
{
	char digits[20];
	int count = 0;

	do
		digits[count++] = (char)('0' + value % 10);
	while (value /= 10);
	while (count)
		*end++ = digits[--count];
	*end = 0;
	return end;
}

static void say(const char *text)
{
	CALL(write, STANDARD_ERROR, text, length(text));
}

/* Ends */

static void __attribute__((noreturn)) end(enum status status)
{
	for (;;)
		CALL(exit_group, status);
}

static void __attribute__((noreturn)) misuse(const char *what, const char *argument)
{
	say("netsuperd-exec: ");
	say(what);
	say(argument);
	say("; netsuperd-exec --help tells what there is\n");
	end(USAGE);
}

/* Options */

/* Reads a number up to the stop character or the end of the text; null where there is none, or too large a one. */
static const char *read_number(const char *text, char stop, number base, number most, number *value)
{
	*value = 0;
	if (!*text || *text == stop)
		return 0;
	for (; *text && *text != stop; text++) {
		number digit = (number)(*text - '0');

		if (*text < '0' || digit >= base || *value > (most - digit) / base)
			return 0;
		*value = *value * base + digit;
	}
	return text;
}

static number whole(const char *option, const char *text, number base, number most)
{
	number value;

	if (!read_number(text, 0, base, most, &value))
		misuse("no such number: ", option);
	return value;
}

static const char *read_amount(const char *text, number *value)
{
	const char *rest = after(text, "unlimited");

	if (rest && (*rest == ':' || !*rest)) {
		*value = RLIM64_INFINITY;
		return rest;
	}
	return read_number(text, ':', 10, RLIM64_INFINITY - 1, value);
}

static void read_limit(struct options *options, const char *option, const char *text)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		const char *rest = after(text, resources[i]);
		number soft, hard;

		if (!rest || *rest != '=')
			continue;
		rest = read_amount(rest + 1, &soft);
		hard = soft;
		options->limits[i].keeps_hard = rest && !*rest;
		if (rest && *rest == ':')
			rest = read_amount(rest + 1, &hard);
		if (!rest || *rest || soft > hard)
			break;
		options->limits[i].value.rlim_cur = soft;
		options->limits[i].value.rlim_max = hard;
		options->limits[i].is_set = 1;
		return;
	}
	misuse("no such limit: ", option);
}

/* Reads the groups into the list, or only counts them where there is none. */
static number read_groups(const char *option, const char *text, unsigned *groups)
{
	number count = 0;

	while (*text) {
		number group;

		text = read_number(text, ',', 10, 0xFFFFFFFE, &group);
		if (!text || count == MOST_GROUPS || (*text == ',' && !*++text))
			misuse("no such groups: ", option);
		if (groups)
			groups[count] = (unsigned)group;
		count++;
	}
	return count;
}

static void read_nice(struct options *options, const char *option, const char *text)
{
	int is_negative = *text == '-';
	long value = (long)whole(option, text + is_negative, 10, is_negative ? 20 : 19);

	options->nice = is_negative ? -value : value;
	options->has_nice = 1;
}

static void read_option(struct options *options, const char *option)
{
	const char *value;

	if ((value = after(option, "--nice=")))
		read_nice(options, option, value);
	else if ((value = after(option, "--limit=")))
		read_limit(options, option, value);
	else if ((value = after(option, "--umask=")))
		options->umask = whole(option, value, 8, 0777), options->has_umask = 1;
	else if ((value = after(option, "--chroot=")))
		options->root = value;
	else if ((value = after(option, "--cwd=")))
		options->directory = value;
	else if ((value = after(option, "--groups=")))
		options->groups = value, options->group_count = read_groups(option, value, 0);
	else if ((value = after(option, "--gid=")))
		options->group = whole(option, value, 10, 0xFFFFFFFE), options->has_group = 1;
	else if ((value = after(option, "--uid=")))
		options->user = whole(option, value, 10, 0xFFFFFFFE), options->has_user = 1;
	else if ((value = after(option, "--argv0=")))
		options->name = value;
	else if ((value = after(option, "--report=")))
		options->report = whole(option, value, 10, 0x7FFFFFFF), options->has_report = 1;
	else if (equal(option, "--no-new-privs"))
		options->no_new_privs = 1;
	else if (equal(option, "--keep-rights"))
		options->keep_rights = 1;
	else if (equal(option, "--detach"))
		options->detach = 1;
	else if (equal(option, "--init"))
		options->init = 1;
	else if (equal(option, "--no-forging"))
		options->no_forging = 1;
	else if (equal(option, "--listen-pid"))
		options->listen_pid = 1;
	else if (equal(option, "--fork-server=1"))
		options->fork_server = 1;
	else if (equal(option, "--no-bounds"))
		options->no_bounds = 1;
	else if (equal(option, "--own-children"))
		options->own_children = 1;
	else
		misuse("no such option: ", option);
}

/* Reads the options and returns what comes after them: the program and its arguments. */
static char **read_options(struct options *options, char **arguments)
{
	while (*arguments && **arguments == '-') {
		char *option = *arguments++;

		if (equal(option, "--"))
			break;
		if (equal(option, "--help")) {
			CALL(write, 1, help, sizeof help - 1);
			end(0);
		}
		read_option(options, option);
	}
	return arguments;
}
