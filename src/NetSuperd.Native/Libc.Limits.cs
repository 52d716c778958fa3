namespace NetSuperd.Native;

// linux/limits.h, linux/binfmts.h
internal static partial class Libc
{
    public const int BINPRM_BUF_SIZE = 256;
    public const int PIPE_BUF = 4096;
    public const int PATH_MAX = 4096;
    public const int NGROUPS_MAX = 65536;
    public const int XATTR_SIZE_MAX = 65536;
    public const int ARG_MAX = 131072;
}
