/*
 * The fork server: a process of a few pages that copies itself for each child that the daemon asks for.
 *
 * Overview. A copy of the daemon would be a copy of a whole runtime, and executing this program for every child costs as much as the copy of
 * a small process. So one process of this program stays, with nothing but a seqpacket socket (unix(7)) to the daemon. A request has the
 * descriptors of the child, 0 and on, the last of them for the report of a failed step; the place of its plan, which is a command line of this
 * program and an environment, in memory that both share; and the variables that only this child gets. The copy goes through the steps of the
 * command line and executes the program.
 *
 * A child is a child of the daemon (CLONE_PARENT of clone(2)), which waits for it and may signal it, whatever becomes of this process. Where
 * the kernel refuses that, the children are those of this process, and it waits for one when the daemon, which watches it, says so: until
 * then the number of the process is its own.
 *
 * The child itself says that it runs, so that its number is known even where this process is killed in the same moment. Between two requests this
 * process has no descriptor of any child, and it ends with the daemon's end of the socket.
 */

#include <asm/mman.h>
#include <asm/socket.h>
#include <linux/mman.h>
#include <linux/sched.h>
#include <linux/socket.h>
#include <linux/wait.h>

enum {
	REQUESTS = 3,
	PLANS = 4, /* only at the start; then this number is the first that is received */
	FIRST_RECEIVED = 4,
	MOST_RECEIVED = 253, /* SCM_MAX_FD, include/net/scm.h */
	MOST_TEXT = 4096,

	/* sys/socket.h, which belongs to a C library */
	RIGHTS = 1,
	WAY_OF_SOCKETS = SOL_SOCKET,
	CONTROL_WAS_CUT = 8,
	NO_SIGNAL = 0x4000,
	CLOSE_ON_EXEC = 0x40000000,
};

enum kind {
	START = 1, /* a child, with all descriptors that have come */
	MORE = 2,  /* descriptors of the next child, where one message cannot have them all */
	WAIT = 3,  /* for a child of this process that has ended */
};

/* Native/ForkServer.cs has the same two. */
struct request {
	number id, plan, size; /* size: of the memory of the plans */
	unsigned kind, files, variables;
	int child;
};

struct answer {
	number id;
	int child, error, status;
	unsigned is_own;
	struct rusage usage;
};

/* A plan: two counts, and then the texts one after the other, each with its zero. */
struct plan {
	unsigned arguments, variables;
	char text[];
};

struct message {
	struct request request;
	char text[MOST_TEXT];
};

/* struct msghdr and struct cmsghdr of recvmsg(2) */
struct envelope {
	void *name;
	unsigned name_length;
	struct {
		void *start;
		number length;
	} *parts;
	number part_count;
	void *control;
	number control_length;
	unsigned flags;
};

struct rights {
	number length;
	int level, type;
	int files[MOST_RECEIVED + 1];
};

/* Receives a message, and how many descriptors have come with it; they have the lowest numbers that are free, in order. */
static long receive(struct message *message, unsigned *files, unsigned *flags)
{
	struct rights rights;
	struct envelope envelope = { 0 };
	__typeof__(*envelope.parts) part = { message, sizeof *message };

	envelope.parts = &part;
	envelope.part_count = 1;
	envelope.control = &rights;
	envelope.control_length = sizeof rights;
	long length = CALL(recvmsg, REQUESTS, &envelope, CLOSE_ON_EXEC);

	*files = 0;
	if (length > 0 && envelope.control_length > sizeof(number) + 2 * sizeof(int) && rights.level == WAY_OF_SOCKETS && rights.type == RIGHTS)
		*files = (unsigned)((rights.length - sizeof(number) - 2 * sizeof(int)) / sizeof(int));
	*flags = envelope.flags;
	return length;
}

static void answer(const struct answer *answer)
{
	CALL(sendto, REQUESTS, answer, sizeof *answer, NO_SIGNAL, 0, 0);
}

/* Points to texts that stand one after the other, and returns where the next would. */
static char *point(char **pointers, char *text, number count)
{
	for (number i = 0; i < count; i++) {
		pointers[i] = text;
		text += length(text) + 1;
	}
	pointers[count] = 0;
	return text;
}

/* In the copy: makes itself the child, whose descriptors stand from the first on. */
static void __attribute__((noreturn)) start(struct message *message, struct plan *plan, unsigned first)
{
	struct request *request = &message->request;
	char *arguments[plan->arguments + 1], *environment[plan->variables + request->variables + 1];
	struct options options = { 0 };
	char **program;

	/* What has come lies above its place, in order: nothing is overwritten before it is copied. */
	for (unsigned i = 0; i < request->files; i++)
		CALL(dup3, first + i, i, 0);
	CALL(close_range, request->files, ~0U, 0);
	CALL(setsid, 0);
	point(environment, point(arguments, plan->text, plan->arguments), plan->variables);
	point(environment + plan->variables, message->text, request->variables);
	options.report = request->files - 1;
	options.has_report = 1;
	program = read_options(&options, arguments);
	go_through(&options, program, environment, plan->variables + request->variables);
}

/* Copies this process. Returns in the first one only; the copy says that it is there. */
static void copy(struct message *message, struct plan *plan, unsigned first, int *own_children)
{
	struct answer said = { .id = message->request.id };
	long child = CALL(clone, *own_children ? SIGCHLD : CLONE_PARENT | SIGCHLD);

	if (child == -EINVAL && !*own_children) {
		*own_children = 1;
		child = CALL(clone, SIGCHLD);
	}
	said.is_own = (unsigned)*own_children;
	if (child < 0)
		said.error = (int)-child;
	else if (!child)
		said.child = (int)CALL(getpid, 0);
	if (child <= 0)
		answer(&said);
	if (!child)
		start(message, plan, first);
}

/* Waits for a child of this process, which has ended. */
static void wait_for(const struct request *request)
{
	struct answer said = { .id = request->id, .child = request->child, .is_own = 1 };
	long result = CALL(wait4, request->child, &said.status, WNOHANG, &said.usage);

	if (result < 0)
		said.error = (int)-result;
	else if (!result)
		said.error = EAGAIN;
	answer(&said);
}

static void __attribute__((noreturn)) serve(int own_children)
{
	struct message message;
	unsigned files = 0, received, flags;
	number size = 4096;
	long plans = CALL(mmap, 0, size, PROT_READ, MAP_SHARED, PLANS, 0);

	CALL(close, PLANS);
	for (;;) {
		long length = receive(&message, &received, &flags);

		if (length == -EINTR)
			continue;
		if (length < (long)sizeof message.request)
			end(0);
		files += received;
		if (message.request.size > size) {
			plans = CALL(mremap, plans, size, message.request.size, MREMAP_MAYMOVE);
			size = message.request.size;
		}
		if (plans < 0 && plans > -4096)
			end(EXEC);
		if (message.request.kind == WAIT)
			wait_for(&message.request);
		if (message.request.kind != START)
			continue;

		/* Where no descriptor was free, some have not come. Where more have come, the first are of a request that was not finished. */
		if (files < message.request.files || flags & CONTROL_WAS_CUT) {
			struct answer said = { .id = message.request.id, .error = EMFILE };

			answer(&said);
		} else {
			copy(&message, (struct plan *)(plans + message.request.plan), FIRST_RECEIVED + files - message.request.files, &own_children);
		}
		CALL(close_range, FIRST_RECEIVED, ~0U, 0);
		files = 0;
	}
}
