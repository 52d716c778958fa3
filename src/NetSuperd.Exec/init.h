/*
 * The first process of a container (pid_namespaces(7)).
 *
 * Overview. The kernel ends a container with its first process, makes that process the parent of every orphan, and delivers no signal to it
 * that it does not handle. A daemon that a successor replaces must not be that process, and a daemon that reaps orphans could take the end
 * of a child from the code that waits for it. So the first process is this program: it starts the daemon, passes signals on to it, reaps
 * orphans, and ends with the daemon's status. A daemon that has been replaced names its successor by a signal that carries the process
 * number (sigqueue(3)); only such a signal of the present daemon counts.
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
		/* A terminal sends these to all of its processes, the daemon included. */
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

/* Reaps every ended process, and ends with the daemon's status if it is one of them. */
static void reap(long daemon)
{
	int status;
	long child;

	while ((child = CALL(wait4, -1, &status, WNOHANG)) > 0)
		if (child == daemon)
			end((enum status)(status & 0x7F ? 128 + (status & 0x7F) : status >> 8 & 0xFF));
}

/* The present daemon: a signal of its predecessor names it. */
static long follow(long daemon, const siginfo_t *signal)
{
	return signal->si_code == SI_QUEUE && signal->si_pid == daemon ? signal->si_int : daemon;
}

/* Starts the daemon, and returns only in that. */
static void stay_as_init(const struct options *options)
{
	number all = ~0UL, none = 0, replaced = 1UL << (REPLACED - 1);
	number at_once[2] = { 0, 0 }; /* struct timespec */
	siginfo_t signal;

	/* If this is not the first process, orphans become its children all the same, successors included (PR_SET_CHILD_SUBREAPER of prctl(2)). */
	CALL(prctl, PR_SET_CHILD_SUBREAPER, 1);

	/* A blocked signal stays pending; an unblocked signal without a handler would be dropped for the first process. */
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
			/* The system delivers the lowest pending signal first, but a replaced daemon has sent its signal before its end. */
			while (CALL(rt_sigtimedwait, &replaced, &signal, at_once, SIZE_OF_SET) == REPLACED)
				daemon = follow(daemon, &signal);
			reap(daemon);
		} else if (number == REPLACED)
			daemon = follow(daemon, &signal);
		else if (number > 0 && is_passed_on(&signal))
			CALL(kill, daemon, number);
	}
}
