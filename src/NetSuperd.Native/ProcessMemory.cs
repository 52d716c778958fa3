using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>Which processes may look into the memory of this one.</summary>
public static class ProcessMemory
{
    /// <summary>
    /// Hides it from other processes of the same user: they can neither trace this process nor read its memory, and it leaves no core
    /// (PR_SET_DUMPABLE, prctl(2)).
    /// </summary>
    /// <exception cref="CallException">The system refuses.</exception>
    public static void Hide()
    {
        if (Libc.prctl(Libc.PR_SET_DUMPABLE, 0) != 0)
        {
            throw Libc.Failure("prctl", "PR_SET_DUMPABLE");
        }
    }
}
