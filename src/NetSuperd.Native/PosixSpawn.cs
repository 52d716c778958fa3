using System.Runtime.InteropServices;
using System.Text;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>Starts children with posix_spawn(3).</summary>
/// <remarks>
/// Between fork and exec in a process of many threads only async-signal-safe calls are allowed, which managed code never is; and a fork
/// copies the page tables of a whole runtime. posix_spawn does it in the C library, on a shared address space. What it has no attribute for
/// (user, limits, directory) is the business of the program that is started.
/// </remarks>
internal static class PosixSpawn
{
    /// <summary>
    /// Starts a child in a session of its own, with default signal dispositions, an empty signal mask and exactly the descriptors of the
    /// request.
    /// </summary>
    /// <returns>The process id of the child, which the caller reaps.</returns>
    /// <exception cref="CallException">The program could not be started; <see cref="CallException.Errno"/> says why.</exception>
    public static unsafe int Start(SpawnRequest request)
    {
        byte* actions = stackalloc byte[Libc.SizeOfFileActions];
        byte* attributes = stackalloc byte[Libc.SizeOfSpawnAttributes];
        Check(Libc.posix_spawn_file_actions_init(actions), "posix_spawn_file_actions_init", request);
        Check(Libc.posix_spawnattr_init(attributes), "posix_spawnattr_init", request);
        using var strings = new StringBlock(request);
        var count = request.Descriptors.Count;
        var held = new List<SafeHandle>(count);
        var copies = new List<Descriptor>();
        try
        {
            for (var target = 0; target < count; target++)
            {
                var handle = request.Descriptors[target];
                var ignored = false;
                handle.DangerousAddRef(ref ignored);
                held.Add(handle);
                var source = (int)handle.DangerousGetHandle();
                if (source < count)
                {
                    // One of the numbers that the child's descriptors get: an earlier dup2 would have closed it.
                    copies.Add(Copy(handle, count));
                    source = (int)copies[^1].DangerousGetHandle();
                }

                Check(Libc.posix_spawn_file_actions_adddup2(actions, source, target), "posix_spawn_file_actions_adddup2", request);
            }

            Check(Libc.posix_spawn_file_actions_addclosefrom_np(actions, count), "posix_spawn_file_actions_addclosefrom_np", request);
            SetSignals(attributes);
            int pid;
            Check(
                Libc.posix_spawn(&pid, strings.Path, actions, attributes, strings.Arguments, strings.Environment),
                "posix_spawn",
                request);
            return pid;
        }
        finally
        {
            copies.ForEach(copy => copy.Dispose());
            held.ForEach(handle => handle.DangerousRelease());
            _ = Libc.posix_spawnattr_destroy(attributes);
            _ = Libc.posix_spawn_file_actions_destroy(actions);
        }
    }

    private static Descriptor Copy(SafeHandle handle, int least)
    {
        var copy = Libc.fcntl(handle, Libc.F_DUPFD_CLOEXEC, least);
        return copy >= 0 ? new Descriptor(copy) : throw Libc.Failure("fcntl", "F_DUPFD_CLOEXEC");
    }

    /// <summary>
    /// Every disposition default and nothing blocked: the runtime ignores SIGPIPE, and an ignored signal would stay ignored over exec. All
    /// bits are set by hand because sigfillset(3) leaves out the two signals that the C library keeps, which it would then ignore.
    /// </summary>
    private static unsafe void SetSignals(byte* attributes)
    {
        byte* set = stackalloc byte[Libc.SizeOfSignalSet];
        new Span<byte>(set, Libc.SizeOfSignalSet).Fill(0xFF);
        _ = Libc.posix_spawnattr_setsigdefault(attributes, set);
        new Span<byte>(set, Libc.SizeOfSignalSet).Clear();
        _ = Libc.posix_spawnattr_setsigmask(attributes, set);
        _ = Libc.posix_spawnattr_setflags(
            attributes, Libc.POSIX_SPAWN_SETSIGDEF | Libc.POSIX_SPAWN_SETSIGMASK | Libc.POSIX_SPAWN_SETSID);
    }

    private static void Check(int error, string call, SpawnRequest request)
    {
        if (error != 0)
        {
            throw new CallException(call, request.Path, (Errno)error);
        }
    }

    /// <summary>The strings of a request as C wants them, in one block of native memory.</summary>
    private sealed unsafe class StringBlock : IDisposable
    {
        private readonly byte* _block;
        private byte* _free;

        public StringBlock(SpawnRequest request)
        {
            var pointers = request.Arguments.Count + request.Environment.Count + 2;
            var bytes = Length(request.Path) + request.Arguments.Sum(Length) + request.Environment.Sum(Length);
            _block = (byte*)NativeMemory.Alloc((nuint)((pointers * sizeof(byte*)) + bytes));
            Arguments = (byte**)_block;
            Environment = Arguments + request.Arguments.Count + 1;
            _free = _block + (pointers * sizeof(byte*));
            Path = Copy(request.Path);
            Copy(request.Arguments, Arguments);
            Copy(request.Environment, Environment);
        }

        public byte* Path { get; }

        public byte** Arguments { get; }

        public byte** Environment { get; }

        public void Dispose() => NativeMemory.Free(_block);

        private static int Length(string text) => Encoding.UTF8.GetByteCount(text) + 1;

        private void Copy(IReadOnlyList<string> texts, byte** pointers)
        {
            for (var i = 0; i < texts.Count; i++)
            {
                pointers[i] = Copy(texts[i]);
            }

            pointers[texts.Count] = null;
        }

        // Writes stay inside the block: its size is the sum of the same lengths.
        private byte* Copy(string text)
        {
            var start = _free;
            var length = Encoding.UTF8.GetBytes(text, new Span<byte>(start, Length(text)));
            start[length] = 0;
            _free += length + 1;
            return start;
        }
    }
}
