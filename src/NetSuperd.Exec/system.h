/* Linux without a C library: the entry point and system calls of x86-64 and aarch64 (syscall(2), elf(5)). */

#include <asm/unistd.h>

/* A macro's value, in the text of an instruction. */
#define NUMBER(macro) NUMBER_TEXT(macro)
#define NUMBER_TEXT(value) #value

#if defined(__x86_64__)

__asm__(".globl _start\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call begin\n"
	"	hlt\n"
	"clone_at:\n"
	"	sub $16, %rsi\n"
	"	mov %r8, (%rsi)\n"
	"	mov %r9, 8(%rsi)\n"
	"	mov %rcx, %r10\n"
	"	xor %r8d, %r8d\n"
	"	mov $" NUMBER(__NR_clone) ", %eax\n"
	"	syscall\n"
	"	test %rax, %rax\n"
	"	jz 1f\n"
	"	ret\n"
	"1:	xor %ebp, %ebp\n"
	"	pop %rax\n"
	"	pop %rdi\n"
	"	call *%rax\n"
	"	hlt\n");

static inline long call6(long number, long a, long b, long c, long d, long e, long f)
{
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
	return result;
}

#elif defined(__aarch64__)

__asm__(".globl _start\n"
	"_start:\n"
	"	mov x29, #0\n"
	"	mov x30, #0\n"
	"	mov x0, sp\n"
	"	and sp, x0, #-16\n"
	"	bl begin\n"
	"	brk #0\n"
	"clone_at:\n"
	"	stp x4, x5, [x1, #-16]!\n"
	"	mov x4, x3\n"
	"	mov x3, #0\n"
	"	mov x8, #" NUMBER(__NR_clone) "\n"
	"	svc #0\n"
	"	cbz x0, 1f\n"
	"	ret\n"
	"1:	mov x29, #0\n"
	"	mov x30, #0\n"
	"	ldp x1, x0, [sp], #16\n"
	"	blr x1\n"
	"	brk #0\n");

static inline long call6(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
}

#else
#error "netsuperd-exec knows x86-64 and aarch64"
#endif

struct beginning;

/*
 * clone(2) of a process that begins with this call on the given stack, from its end down. The new process does not come back from it: this
 * one continues on the old stack at the same time.
 */
long clone_at(
	unsigned long flags, void *stack, volatile int *parent_id, volatile int *child_id, void (*start)(struct beginning *), struct beginning *);

/* A system call with up to six arguments. A failure is the negative error number, as the kernel returns it. */
#define CALL(name, ...) CALL_ARGUMENTS(name, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_ARGUMENTS(name, a, b, c, d, e, f, ...) \
	call6(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
