/*
 * netsuperd-exec: gives its own process the user, limits and directory of a child of NetSuperd, and then executes the child's program.
 *
 * Overview. A process that changes its identity can be stopped or killed by the new user from that moment on (kernel/signal.c,
 * kill_ok_by_cred). The daemon must never be that process. So each child begins as this program, which has no threads, no C library and no
 * state to protect: either executed by the command line, or started by the fork server (fork-server.h), by which the daemon starts its
 * children. The fork server shares its memory with them only where their users cannot reach it.
 *
 * The order of the steps is fixed, whatever the order of the options: a step that needs a privilege comes before the step that gives it up.
 * chroot and chdir need root's rights to reach the folder; the bounding set needs CAP_SETPCAP; a new session keyring is charged to root's
 * quota and not to a user's small one; setgroups and setresgid need CAP_SETGID, which setresuid to another user drops; no_new_privs comes
 * last, which would hinder no step but makes all of them final. The filter of system calls follows it, because only then may a user set
 * one.
 *
 * A step that fails ends the process with the exit status of that step: the one of systemd.exec(5), where that defines one.
 */

#include "options.h"

/* Failed steps */

static const char *name_of(number error)
{
	switch (error) {
	case EPERM: return "EPERM ";
	case ENOENT: return "ENOENT ";
	case EAGAIN: return "EAGAIN ";
	case ENOEXEC: return "ENOEXEC ";
	case ENOMEM: return "ENOMEM ";
	case EACCES: return "EACCES ";
	case ENOTDIR: return "ENOTDIR ";
	case EINVAL: return "EINVAL ";
	case ETXTBSY: return "ETXTBSY ";
	default: return "";
	}
}

/* Reports the failed step in one write(2), so that the lines of several processes do not mix. */
static void __attribute__((noreturn))
fail(const struct options *options, enum status status, const char *step, const char *argument, long result)
{
	char line[64], *last = line;
	number error = (number)-result;

	if (options->has_report) {
		last = put_number(last, (number)CALL(getpid, 0));
		last = put_number(put(last, " "), status);
		last = put(put_number(put(last, " "), error), "\n");
		CALL(write, options->report, line, last - line);
	} else {
		say("netsuperd-exec: ");
		say(step);
		say(argument);
		put(put_number(put(put(line, ": "), name_of(error)), error), "\n");
		say(line);
	}
	end(status);
}

static void check(const struct options *options, long result, enum status status, const char *step, const char *argument)
{
	if (result < 0)
		fail(options, status, step, argument, result);
}

/* Steps */

static void set_limits(struct options *options)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit64 old, *value = &options->limits[i].value;

		if (!options->limits[i].is_set)
			continue;
		if (options->limits[i].keeps_hard) {
			check(options, CALL(prlimit64, 0, i, 0, &old), LIMITS, "limit ", resources[i]);
			value->rlim_max = old.rlim_max;
			if (value->rlim_cur > old.rlim_max)
				value->rlim_cur = old.rlim_max;
		}
		check(options, CALL(prlimit64, 0, i, value, 0), LIMITS, "limit ", resources[i]);
	}
}

/*
 * Without new privileges and without capabilities the bounding set has nothing left to bound; it is emptied where that is allowed, so that
 * a monitoring tool sees an ordinary user's process. With new privileges allowed it bounds what a set-user-ID program may get, as the
 * administrator wants it.
 */
static void drop_bounding_set(void)
{
	for (int capability = 0; CALL(prctl, PR_CAPBSET_DROP, capability) == 0; capability++)
		;
}

/* Drops every capability, however the daemon was started: ambient ones survive setresuid(2) between two users (capabilities(7)). */
static void drop_capabilities(const struct options *options, number user)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3, .pid = 0 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0, 0, 0 }, { 0, 0, 0 } }, left[_LINUX_CAPABILITY_U32S_3];
	unsigned real, effective, saved;

	check(options, CALL(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL), CAPABILITIES, "capabilities", "");
	check(options, CALL(capset, &header, none), CAPABILITIES, "capabilities", "");
	check(options, CALL(capget, &header, left), CAPABILITIES, "capabilities", "");
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		if (left[i].effective || left[i].permitted || left[i].inheritable)
			fail(options, CAPABILITIES, "capabilities", "", -EPERM);

	check(options, CALL(getresuid, &real, &effective, &saved), USER, "user", "");
	if (real != user || effective != user || saved != user)
		fail(options, USER, "user", "", -EPERM);
}

/*
 * Joins a new session keyring: a process that keeps the daemon's may read the keys in it under any user (session-keyring(7)). Where the
 * kernel has no keyrings, or a container forbids them, there is nothing to leave.
 */
static void leave_keyring(const struct options *options)
{
	long result = CALL(keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0);

	if (result != -ENOSYS && result != -EPERM)
		check(options, result, KEYRING, "keyring", "");
}

static void set_groups(const struct options *options)
{
	unsigned groups[options->group_count + 1];

	read_groups("", options->groups, groups);
	check(options, CALL(setgroups, options->group_count, groups), GROUP, "groups", "");
}

#include "forging.h"

static void become(const struct options *options)
{
	number user = options->has_user ? options->user : (number)CALL(getuid, 0);

	if (user != 0 && options->no_new_privs && !options->no_bounds)
		drop_bounding_set();
	if (user != 0)
		leave_keyring(options);
	if (options->groups)
		set_groups(options);
	if (options->has_group)
		check(options, CALL(setresgid, options->group, options->group, options->group), GROUP, "gid", "");
	if (options->has_user)
		check(options, CALL(setresuid, options->user, options->user, options->user), USER, "uid", "");
	if (user != 0)
		drop_capabilities(options, user);
	if (options->no_new_privs)
		check(options, CALL(prctl, PR_SET_NO_NEW_PRIVS, 1), NEW_PRIVS, "no-new-privs", "");
	if (options->no_forging)
		forbid_forging(options);
}

/*
 * Continues in a child; the parent stays, and ends with the child's status. When the parent is killed, the child becomes one of the service
 * manager, which waits for the end of its children, but not of its grandchildren (systemd.kill(5)).
 */
static void detach(const struct options *options)
{
	int status = 0;
	long child = CALL(clone, SIGCHLD);

	check(options, child, EXEC, "detach", "");
	if (!child)
		return;

	/* The peers of the child's descriptors must see the end when the child closes them. */
	CALL(close_range, 3, ~0U, 0);
	while (CALL(wait4, child, &status) == -EINTR)
		;
	end((enum status)(status & 0x7F ? 128 + (status & 0x7F) : status >> 8 & 0xFF));
}

#include "init.h"

/* Executes the program, with LISTEN_PID and NETSUPERD_INIT in the environment where the options ask for them. */
static void __attribute__((noreturn))
execute(const struct options *options, char *path, char **arguments, char **environment, number count)
{
	char *variables[count + 3];
	char listen_pid[32], init_pid[32];
	number used = 0;

	if (options->listen_pid || options->init) {
		put_number(put(listen_pid, "LISTEN_PID="), (number)CALL(getpid, 0));
		put_number(put(init_pid, "NETSUPERD_INIT="), (number)CALL(getppid, 0));
		for (number i = 0; i < count; i++)
			if (!(options->listen_pid && after(environment[i], "LISTEN_PID=")) && !(options->init && after(environment[i], "NETSUPERD_INIT=")))
				variables[used++] = environment[i];
		if (options->listen_pid)
			variables[used++] = listen_pid;
		if (options->init)
			variables[used++] = init_pid;
		variables[used] = 0;
		environment = variables;
	}
	if (options->name)
		arguments[0] = (char *)options->name;
	fail(options, EXEC, "exec ", path, CALL(execve, path, arguments, environment));
}

/* Goes through all steps in their order and executes the program, for a command line and for a request of the daemon alike. */
static void __attribute__((noreturn)) go_through(struct options *options, char **program, char **environment, number count)
{
	if (!*program)
		misuse("no program", "");
	const char *slash = *program;
	while (*slash && *slash != '/')
		slash++;
	if (!*slash)
		misuse("the path of the program needs a slash: ", *program);

	if (options->has_report)
		check(options, CALL(fcntl, options->report, F_SETFD, FD_CLOEXEC), USAGE, "report", "");
	if (options->has_nice)
		check(options, CALL(setpriority, 0, 0, options->nice), NICE, "nice", "");
	set_limits(options);
	if (options->has_umask)
		CALL(umask, options->umask);
	if (options->root) {
		check(options, CALL(chroot, options->root), CHROOT, "chroot ", options->root);
		check(options, CALL(chdir, "/"), CHROOT, "chroot ", options->root);
	}
	if (options->directory)
		check(options, CALL(chdir, options->directory), CWD, "cwd ", options->directory);
	if (!options->keep_rights)
		become(options);
	if (options->detach)
		detach(options);
	if (options->init)
		stay_as_init(options);
	execute(options, *program, program, environment, count);
}

#include "fork-server.h"

/* The stack of a new program: the number of arguments, the arguments, null, the environment, null (elf(5)). */
void __attribute__((noreturn, used)) begin(long *stack)
{
	char **arguments = (char **)(stack + 1), **environment = arguments + *stack + 1, **program;
	struct options options = { 0 };
	number count = 0;

	while (environment[count])
		count++;
	program = read_options(&options, *stack > 0 ? arguments + 1 : arguments);
	if (options.fork_server)
		serve(&options);
	go_through(&options, program, environment, count);
}
