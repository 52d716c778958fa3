/*
 * The fork server: a process of a few pages that copies itself for each child that the daemon requests.
 *
 * Overview. A copy of the daemon would be a copy of a whole runtime, and executing this program for every child costs as much as copying a
 * small process. So one process of this program stays, with only a seqpacket socket (unix(7)) to the daemon. A request has the descriptors
 * of the child from 0 on, the last of them for the report of a failed step; the place of its plan in shared memory, which is a command line
 * of this program and an environment; and the variables that only this child gets. The copy goes through the steps of the command line and
 * executes the program.
 *
 * The daemon is the parent of each child (CLONE_PARENT of clone(2)): it waits for the child and may signal it, even after this process has
 * ended. Where the kernel refuses that, this process is the parent, and it reaps a child when the daemon, which watches the child, tells it
 * to: until then the system does not reuse the child's number.
 *
 * Emptying the capability bounding set costs a child as much as all other steps of its identity. So children with an empty set have a fork
 * server of their own, which has emptied it once.
 *
 * This process may be killed at any time. The kernel itself writes the number of a child to the shared memory before the child runs
 * (CLONE_PARENT_SETTID), beside the request that this process has noted there, so that the daemon learns of a child whose answer was not
 * sent. When an answer has been sent, this process has no descriptor of any child. It ends with the daemon.
 */

#include <asm/mman.h>
#include <asm/socket.h>
#include <linux/mman.h>
#include <linux/sched.h>
#include <linux/socket.h>
#include <linux/wait.h>

enum {
	REQUESTS = 3,
	PLANS = 4, /* only at start; later this is the first number that is received */
	FIRST_RECEIVED = 4,
	PAGE = 4096,
	MOST_TEXT = 4096,

	/* include/net/scm.h; bits/socket.h, which belongs to a C library */
	SCM_MAX_FD = 253,
	SCM_RIGHTS = 1,
	MSG_CTRUNC = 8,
	MSG_NOSIGNAL = 0x4000,
	MSG_CMSG_CLOEXEC = 0x40000000,
};

enum kind {
	START = 1, /* starts a child with all descriptors received so far */
	MORE = 2,  /* more descriptors of the next child, where one message cannot have them all */
	WAIT = 3,  /* waits for a child of this process that has ended */
	DROP = 4,  /* closes the descriptors received so far: there will be no child */
};

/* Native/ForkServer.cs has the same three. */
struct request {
	number id, plan, size; /* size: of the memory of the plans */
	unsigned kind, files, variables;
	int child;
};

struct answer {
	number id;
	int child, error, status;
	unsigned is_own;
	struct rusage usage; /* of an ended child */
};

/* At the beginning of the shared memory. */
struct last {
	number id;
	int child, is_own;
};

_Static_assert(sizeof(struct request) == 40 && sizeof(struct answer) == 168 && sizeof(struct last) == 16,
	"as Native/ForkServer.cs has them");

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
	int files[SCM_MAX_FD + 1];
};

/* Receives a message, and the number of its descriptors; these have the lowest free numbers, in order. */
static long receive(struct message *message, unsigned *files, unsigned *flags)
{
	struct rights rights;
	struct envelope envelope = { 0 };
	__typeof__(*envelope.parts) part = { message, sizeof *message };

	envelope.parts = &part;
	envelope.part_count = 1;
	envelope.control = &rights;
	envelope.control_length = sizeof rights;
	long length = CALL(recvmsg, REQUESTS, &envelope, MSG_CMSG_CLOEXEC);

	*files = 0;
	if (length > 0 && envelope.control_length > sizeof(number) + 2 * sizeof(int) && rights.level == SOL_SOCKET && rights.type == SCM_RIGHTS)
		*files = (unsigned)((rights.length - sizeof(number) - 2 * sizeof(int)) / sizeof(int));
	*flags = envelope.flags;
	return length;
}

static void answer(const struct answer *answer)
{
	CALL(sendto, REQUESTS, answer, sizeof *answer, MSG_NOSIGNAL, 0, 0);
}

/* Points to consecutive texts, and returns the place after the last. */
static char *point(char **pointers, char *text, number count)
{
	for (number i = 0; i < count; i++) {
		pointers[i] = text;
		text += length(text) + 1;
	}
	pointers[count] = 0;
	return text;
}

/* In the copy: becomes the child, whose descriptors have the numbers from the first on. */
static void __attribute__((noreturn)) start(struct message *message, struct plan *plan, unsigned first, int no_bounds)
{
	struct request *request = &message->request;
	char *arguments[plan->arguments + 1], *environment[plan->variables + request->variables + 1];
	struct options options = { 0 };
	char **program;

	CALL(setsid, 0);

	/* Each number is above its target, in order, so none is overwritten before it is copied. */
	for (unsigned i = 0; i < request->files; i++)
		CALL(dup3, first + i, i, 0);
	CALL(close_range, request->files, ~0U, 0);
	point(environment, point(arguments, plan->text, plan->arguments), plan->variables);
	point(environment + plan->variables, message->text, request->variables);
	options.report = request->files - 1;
	options.has_report = 1;
	options.no_bounds = no_bounds;
	program = read_options(&options, arguments);
	go_through(&options, program, environment, plan->variables + request->variables);
}

/* Copies this process. Returns only in the original, with the number of the copy or a negative error number. */
static long copy(struct message *message, struct plan *plan, unsigned first, volatile struct last *last, int no_bounds)
{
	number flags = CLONE_PARENT_SETTID | SIGCHLD;
	long child;

	/* The order matters: if this process is killed in between, no child is noted for either request. */
	last->child = 0;
	last->id = message->request.id;
	child = CALL(clone, last->is_own ? flags : flags | CLONE_PARENT, 0, &last->child);
	if (child == -EINVAL && !last->is_own) {
		last->is_own = 1;
		child = CALL(clone, flags, 0, &last->child);
	}
	if (!child)
		start(message, plan, first, no_bounds);
	return child;
}

/* Reaps a child of this process that has ended. */
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

static void __attribute__((noreturn)) serve(const struct options *options)
{
	struct message message;
	struct answer said = { 0 };
	unsigned files = 0, received, flags;
	number size = PAGE;
	volatile struct last *last = (struct last *)CALL(mmap, 0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, PLANS, 0);
	long plans = CALL(mmap, 0, size, PROT_READ, MAP_SHARED, PLANS, 0);

	/* The daemon starts this process on a thread that stays as long as the daemon does. */
	CALL(prctl, PR_SET_PDEATHSIG, SIGKILL);
	CALL(close, PLANS);
	if ((number)plans > -(number)PAGE || (number)last > -(number)PAGE)
		end(EXEC);
	last->is_own = options->own_children;
	if (options->no_bounds)
		drop_bounding_set();
	for (;;) {
		long length = receive(&message, &received, &flags), result = 0;

		if (length == -EINTR)
			continue;
		if (length < (long)sizeof message.request)
			end(0);
		files += received;
		if (message.request.kind == WAIT)
			wait_for(&message.request);
		if (message.request.kind == WAIT || message.request.kind == MORE)
			continue;

		/* Fewer have come where no descriptor was free. Where more have come, the first are those of an unfinished request. */
		if (files < message.request.files || flags & MSG_CTRUNC)
			result = -EMFILE;
		if (!result && message.request.size > size) {
			result = CALL(mremap, plans, size, message.request.size, MREMAP_MAYMOVE);
			if ((number)result <= -(number)PAGE) {
				plans = result;
				size = message.request.size;
				result = 0;
			}
		}
		if (!result && message.request.kind == START)
			result = copy(
				&message, (struct plan *)(plans + message.request.plan), FIRST_RECEIVED + files - message.request.files, last, options->no_bounds);
		CALL(close_range, FIRST_RECEIVED, ~0U, 0);
		files = 0;
		if (message.request.kind == START) {
			said.id = message.request.id;
			said.child = result > 0 ? (int)result : 0;
			said.error = result < 0 ? (int)-result : 0;
			said.is_own = (unsigned)last->is_own;
			answer(&said);
		}
	}
}
