/*
 * The fork server: a process of a few pages that starts each child that the daemon requests.
 *
 * Overview. A copy of the daemon would be a copy of a whole runtime, and executing this program for every child costs as much as copying a
 * small process. So one process of this program stays, with only a seqpacket socket (unix(7)) to the daemon. A request has the descriptors
 * of the child from 0 on, the last of them for the report of a failed step; the place of its plan in shared memory, which is a command line
 * of this program and an environment; and the variables that only this child gets. The child goes through the steps of the command line and
 * executes the program.
 *
 * Copying even these few pages costs more than all those steps. So a child uses the memory of this process until it executes its program
 * (CLONE_VM of clone(2)), with a stack, a request and a plan of its own in a slot. The kernel marks the slot as free when the child no
 * longer uses the memory (CLONE_CHILD_CLEARTID), so this process never waits for a child. A child gets a copy of the memory if every slot
 * is taken, for example by children that their user has stopped; if its plan is too long for a slot; and if the kernel refuses to share.
 *
 * The memory of root must be out of reach for the user that a child becomes. The kernel prevents that a process which has changed its user
 * is traced by that user or writes a core file (commit_creds of kernel/cred.c, ptrace(2)), as long as fs.suid_dumpable is 0, its default.
 * Else this process copies itself for each child: at 1 the user may trace the child, and at 2 a signal that has a core file written kills
 * every process with the same memory (before Linux 5.16). It always copies itself where it has capabilities without being root: a child
 * that only drops them may be traced by other processes of its user.
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
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/sched.h>
#include <linux/socket.h>
#include <linux/wait.h>

enum {
	REQUESTS = 3,
	PLANS = 4,
	SUID_DUMPABLE = 5,
	FIRST_RECEIVED = 6,
	PAGE = 4096,
	MOST_TEXT = 4096,
	SLOTS = 16,
	MOST_SHARED = 4 * PAGE, /* bytes of a plan in a slot */

	/* The lists of start() and execute(), of texts of one byte; groups of two; and the rest. */
	STACK = 2 * (MOST_SHARED + MOST_TEXT) * sizeof(char *) + MOST_SHARED / 2 * sizeof(unsigned) + 8 * PAGE,

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
	number id, plan, size; /* size: of the plan */
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

/* What a child begins with. Its descriptors have the numbers from the first on. */
struct beginning {
	struct plan *plan; /* null: in the memory of the plans */
	unsigned first;
	int no_bounds;
	number length; /* of the message */
	struct message message;
};

struct slot {
	char guard[PAGE], stack[STACK];
	volatile int child; /* 0: free */
	struct beginning beginning;
	char plan[MOST_SHARED] __attribute__((aligned(16)));
} __attribute__((aligned(PAGE)));

_Static_assert(STACK % 16 == 0, "as both architectures want the end of a stack");

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

/* Maps the plan of a request, or returns a negative error number. */
static long map_plan(const struct request *request)
{
	number lead = request->plan % PAGE;
	long place = CALL(mmap, 0, lead + request->size, PROT_READ, MAP_SHARED, PLANS, request->plan - lead);

	return (number)place > -(number)PAGE ? place : place + (long)lead;
}

/* In the new process: becomes the child. */
static void __attribute__((noreturn)) start(struct beginning *beginning)
{
	struct request *request = &beginning->message.request;
	struct options options = { .has_report = 1, .report = beginning->first + request->files - 1, .no_bounds = beginning->no_bounds };
	long place = beginning->plan ? (long)beginning->plan : map_plan(request);

	if ((number)place > -(number)PAGE)
		fail(&options, EXEC, "plan", "", place);
	struct plan *plan = (struct plan *)place;
	char *arguments[plan->arguments + 1], *environment[plan->variables + request->variables + 1], **program;

	CALL(setsid, 0);

	/* Each number is above its target, in order, so none is overwritten before it is copied. */
	for (unsigned i = 0; i < request->files; i++)
		CALL(dup3, beginning->first + i, i, 0);
	CALL(close_range, request->files, ~0U, 0);
	point(environment, point(arguments, plan->text, plan->arguments), plan->variables);
	point(environment + plan->variables, beginning->message.text, request->variables);
	options.report = request->files - 1;
	program = read_options(&options, arguments);
	go_through(&options, program, environment, plan->variables + request->variables);
}

/* Whether the kernel hides this memory from the users that children become. The administrator may change the setting at any time. */
static int hides_memory(void)
{
	char value = 0;

	CALL(pread64, SUID_DUMPABLE, &value, 1, 0);
	return value == '0';
}

static struct slot *free_slot(struct slot *slots)
{
	for (int i = 0; slots && i < SLOTS; i++)
		if (!slots[i].child)
			return slots + i;
	return 0;
}

/* Makes the new process in the slot. */
static long share(number flags, struct slot *slot, const struct beginning *beginning, volatile struct last *last)
{
	const struct request *request = &beginning->message.request;
	long child = CALL(pread64, PLANS, slot->plan, request->size, request->plan);

	if (child != (long)request->size)
		return child < 0 ? child : -EIO;
	memcpy(&slot->beginning, beginning, __builtin_offsetof(struct beginning, message) + beginning->length);
	slot->beginning.plan = (struct plan *)slot->plan;
	slot->child = 1;
	child = clone_at(flags | CLONE_VM | CLONE_CHILD_CLEARTID, slot->stack + STACK, &last->child, &slot->child, start, &slot->beginning);
	if (child < 0)
		slot->child = 0;
	return child;
}

/* Makes the new process as a copy of this one. Returns only in the fork server. */
static long copy(number flags, struct beginning *beginning, volatile struct last *last)
{
	long child = CALL(clone, flags, 0, &last->child);

	if (!child)
		start(beginning);
	return child;
}

/* Returns the number of the child or a negative error number. */
static long start_child(struct slot *slots, struct beginning *beginning, volatile struct last *last)
{
	number flags = CLONE_PARENT_SETTID | SIGCHLD;
	struct slot *slot = beginning->message.request.size <= MOST_SHARED && hides_memory() ? free_slot(slots) : 0;
	long child = 0;

	/* The order matters: if this process is killed in between, no child is noted for either request. */
	last->child = 0;
	last->id = beginning->message.request.id;
	if (slot)
		child = share(last->is_own ? flags : flags | CLONE_PARENT, slot, beginning, last);
	if (child > 0 || child == -EAGAIN || child == -ENOMEM)
		return child;
	child = copy(last->is_own ? flags : flags | CLONE_PARENT, beginning, last);
	if (child == -EINVAL && !last->is_own) {
		last->is_own = 1;
		child = copy(flags, beginning, last);
	}
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

/* Returns null where the memory must not be shared, or where there is none. */
static struct slot *make_slots(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3, .pid = 0 };
	struct __user_cap_data_struct own[_LINUX_CAPABILITY_U32S_3];
	long slots;

	if (CALL(capget, &header, own) < 0 || (CALL(getuid, 0) && (own[0].permitted || own[1].permitted)))
		return 0;
	slots = CALL(mmap, 0, sizeof(struct slot[SLOTS]), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if ((number)slots > -(number)PAGE)
		return 0;
	for (int i = 0; i < SLOTS; i++)
		CALL(mprotect, ((struct slot *)slots)[i].guard, PAGE, PROT_NONE);
	return (struct slot *)slots;
}

/* Without the setting, /dev/null has its number. */
static void open_setting(void)
{
	long file = CALL(openat, AT_FDCWD, "/proc/sys/fs/suid_dumpable", O_RDONLY | O_CLOEXEC);

	if (file != SUID_DUMPABLE)
		CALL(dup3, file < 0 ? 0 : file, SUID_DUMPABLE, O_CLOEXEC);
}

static void __attribute__((noreturn)) serve(const struct options *options)
{
	struct beginning beginning = { .no_bounds = options->no_bounds };
	struct request *request = &beginning.message.request;
	struct slot *slots = make_slots();
	struct answer said = { 0 };
	unsigned files = 0, received, flags;
	volatile struct last *last = (struct last *)CALL(mmap, 0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, PLANS, 0);

	/* The daemon starts this process on a thread that stays as long as the daemon does. */
	CALL(prctl, PR_SET_PDEATHSIG, SIGKILL);
	if ((number)last > -(number)PAGE)
		end(EXEC);
	open_setting();
	last->is_own = options->own_children;
	if (options->no_bounds)
		drop_bounding_set();
	for (;;) {
		long length = receive(&beginning.message, &received, &flags), result = 0;

		if (length == -EINTR)
			continue;
		if (length < (long)sizeof *request)
			end(0);
		files += received;
		if (request->kind == WAIT)
			wait_for(request);
		if (request->kind == WAIT || request->kind == MORE)
			continue;

		/* Fewer have come where no descriptor was free. Where more have come, the first are those of an unfinished request. */
		if (files < request->files || flags & MSG_CTRUNC)
			result = -EMFILE;
		said.id = request->id;
		if (!result && request->kind == START) {
			beginning.length = (number)length;
			beginning.first = FIRST_RECEIVED + files - request->files;
			result = start_child(slots, &beginning, last);
		}
		CALL(close_range, FIRST_RECEIVED, ~0U, 0);
		files = 0;
		if (request->kind == START) {
			said.child = result > 0 ? (int)result : 0;
			said.error = result < 0 ? (int)-result : 0;
			said.is_own = (unsigned)last->is_own;
			answer(&said);
		}
	}
}
