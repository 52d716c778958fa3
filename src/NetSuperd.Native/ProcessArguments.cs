using System.Text;

namespace NetSuperd.Native;

/// <summary>The arguments of the process as the kernel has them: bytes, of which the runtime's strings keep only what is UTF-8.</summary>
public static class ProcessArguments
{
    /// <summary>
    /// Every argument from the name of the program on (proc(5), <c>/proc/self/cmdline</c>); empty where /proc is not mounted.
    /// </summary>
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

    /// <summary>
    /// Executes a program in the place of this one, with the environment that the process got. It returns only where that fails.
    /// </summary>
    public static unsafe void Execute(string program, IReadOnlyList<byte[]> arguments)
    {
        // Pinned, and alive until exec has read them. The runtime does not change the environment of the C library.
        var strings = arguments.Prepend(Encoding.UTF8.GetBytes(program))
            .Select(text => { var bytes = GC.AllocateArray<byte>(text.Length + 1, pinned: true); text.CopyTo(bytes, 0); return bytes; })
            .ToArray();
        var pointers = stackalloc byte*[arguments.Count + 1];
        for (var i = 0; i < arguments.Count; i++)
        {
            fixed (byte* text = strings[i + 1])
            {
                pointers[i] = text;
            }
        }

        pointers[arguments.Count] = null;
        fixed (byte* path = strings[0])
        {
            _ = Libc.execv(path, pointers);
        }

        GC.KeepAlive(strings);
    }
}
