/*
 * The first process of a container (pid_namespaces(7)).
 *
 * Overview. The kernel ends a container with its first process, gives that one every orphan to be reaped, and lets no signal end it that it
 * does not handle. A daemon that is replaced by its successor must not be that process, and one that reaps what is not its own may take the
 * end of a child from those who wait for it. So the first process is this program: it starts the daemon, passes signals on to it, reaps
 * what is left to it, and ends as the daemon does. A daemon that another one has replaced says so by a signal with a number, the new
 * process, in it (sigqueue(3)); only the process that is the daemon now is believed.
 */

#include <asm/siginfo.h>
#include <linux/wait.h>

enum {
	SIZE_OF_SET = 8,
	REPLACED = 64, /* the last signal (signal(7)): Native/InitProcess.cs sends it */
};

static int is_passed_on(const siginfo_t *signal)
{
	switch (signal->si_signo) {
	case SIGINT:
	case SIGQUIT:
		/* A terminal sends them to all of its processes, the daemon among them. */
		return signal->si_code != SI_KERNEL;
	case SIGHUP:
	case SIGTERM:
	case SIGUSR1:
	case SIGUSR2:
		return 1;
	default:
		return 0;
	}
}

/* Reaps what has ended, and ends as the daemon if that is among it. */
static void reap(long daemon)
{
	int status;
	long child;

	while ((child = CALL(wait4, -1, &status, WNOHANG)) > 0)
		if (child == daemon)
			end((enum status)(status & 0x7F ? 128 + (status & 0x7F) : status >> 8 & 0xFF));
}

/* The daemon of now: a signal of the one before names it. */
static long follow(long daemon, const siginfo_t *signal)
{
	return signal->si_code == SI_QUEUE && signal->si_pid == daemon ? signal->si_int : daemon;
}

/* Starts the daemon, in which it returns. */
static void stay_as_init(const struct options *options)
{
	number all = ~0UL, none = 0, replaced = 1UL << (REPLACED - 1);
	number at_once[2] = { 0, 0 }; /* struct timespec */
	siginfo_t signal;

	/* Where it is not the first process, orphans come to it all the same (PR_SET_CHILD_SUBREAPER of prctl(2)), the next daemon among them. */
	CALL(prctl, PR_SET_CHILD_SUBREAPER, 1);

	/* Blocked, a signal waits for its turn also where nothing handles it, which would otherwise be dropped for the first process. */
	CALL(rt_sigprocmask, SIG_SETMASK, &all, 0, SIZE_OF_SET);
	long daemon = CALL(clone, SIGCHLD);

	check(options, daemon, EXEC, "init", "");
	if (!daemon) {
		CALL(rt_sigprocmask, SIG_SETMASK, &none, 0, SIZE_OF_SET);
		return;
	}
	CALL(close_range, 3, ~0U, 0);
	for (;;) {
		long number = CALL(rt_sigtimedwait, &all, &signal, 0, SIZE_OF_SET);

		if (number == SIGCHLD) {
			/* Of signals that wait the system gives the lowest number first, and a daemon that was replaced has said so before its end. */
			while (CALL(rt_sigtimedwait, &replaced, &signal, at_once, SIZE_OF_SET) == REPLACED)
				daemon = follow(daemon, &signal);
			reap(daemon);
		} else if (number == REPLACED)
			daemon = follow(daemon, &signal);
		else if (number > 0 && is_passed_on(&signal))
			CALL(kill, daemon, number);
	}
}
