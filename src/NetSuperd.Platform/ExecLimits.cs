namespace NetSuperd.Platform;

/// <summary>The limits of execve(2) in the kernel; no header for programs has all of these numbers.</summary>
public static class ExecLimits
{
    /// <summary>
    /// The most bytes of the arguments and the environment together, their pointers included, however large the stack may grow: three
    /// quarters of the usual stack (fs/exec.c, bprm_stack_limits).
    /// </summary>
    public const int MostBytes = 6 << 20;

    /// <summary>The bytes that a program may have in any case, ARG_MAX of linux/limits.h.</summary>
    public const int LeastBytes = 131_072;

    /// <summary>A quarter of the stack limit is for the arguments and the environment (fs/exec.c, bprm_stack_limits).</summary>
    public const int StackShare = 4;

    /// <summary>How many interpreters of interpreters the kernel follows (fs/exec.c, search_binary_handler).</summary>
    public const int MostInterpreters = 5;

    /// <summary>The most bytes of an argument or a variable: MAX_ARG_STRLEN of linux/binfmts.h, 32 pages with the NUL at the end.</summary>
    public static readonly int MostOfAString = (32 * Environment.SystemPageSize) - 1;
}
