namespace NetSuperd.Native;

/// <summary>The arguments of the process as the kernel has them: bytes, of which the runtime's strings keep only what is UTF-8.</summary>
public static class ProcessArguments
{
    /// <summary>Every argument from the name of the program on (proc(5), <c>/proc/self/cmdline</c>); empty where /proc is not mounted.</summary>
    public static IReadOnlyList<byte[]> Read()
    {
        try
        {
            // Each ends with NUL, also the last and one that is empty.
            var rest = File.ReadAllBytes("/proc/self/cmdline").AsSpan();
            var arguments = new List<byte[]>();
            for (int end; (end = rest.IndexOf((byte)0)) >= 0; rest = rest[(end + 1)..])
            {
                arguments.Add(rest[..end].ToArray());
            }

            return arguments;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
