using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>A resident process of netsuperd-exec that starts a child of this process for each request (fork-server.h).</summary>
/// <remarks>
/// No call blocks. The fork server may be killed at any time. When <see cref="Process"/> has ended, the answers that it has sent can still
/// be received; then <see cref="TakeUnsaid"/> returns a child that it started without an answer. Every other request is lost, and must not
/// be sent again.
/// </remarks>
public sealed unsafe class ForkServer : IDisposable
{
    /// <summary>The most bytes of variables in one request; a child with more gets a plan of its own.</summary>
    public const int MostVariableBytes = 4096;

    private const uint StartKind = 1, MoreKind = 2, WaitKind = 3, DropKind = 4;

    private readonly PlanMemory _plans;
    private readonly Descriptor _socket;
    private readonly Dictionary<int, ChildProcess> _own = [];

    private ForkServer(ChildProcess process, Descriptor socket, PlanMemory plans) => (Process, _socket, _plans) = (process, socket, plans);

    /// <summary>The process.</summary>
    public ChildProcess Process { get; }

    /// <summary>Becomes readable when there is an answer.</summary>
    public SafeHandle Answers => _socket;

    /// <summary>Whether it is closed.</summary>
    internal bool IsClosed => _socket.IsClosed;

    /// <summary>Starts a fork server. It ends with the thread that starts it.</summary>
    /// <param name="helper">The path of netsuperd-exec.</param>
    /// <param name="plans">The plans that requests name.</param>
    /// <param name="nothing"><c>/dev/null</c>.</param>
    /// <param name="noBounds">Whether the capability bounding set of its children is to be empty.</param>
    /// <param name="ownChildren">
    /// Whether the fork server is to be the parent of the children, as where the kernel refuses CLONE_PARENT.
    /// </param>
    /// <exception cref="CallException">It could not be started.</exception>
    public static ForkServer Start(string helper, PlanMemory plans, SafeHandle nothing, bool noBounds = false, bool ownChildren = false)
    {
        var fds = stackalloc int[2];
        if (Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC, 0, fds) < 0)
        {
            throw Libc.Failure("socketpair", "AF_UNIX");
        }

        var own = new Descriptor(fds[0]);
        try
        {
            using var other = new Descriptor(fds[1]);
            var process = ChildProcess.Start(new SpawnRequest
            {
                Path = helper,
                Arguments = [helper, "--fork-server=1", .. Option(noBounds, "--no-bounds"), .. Option(ownChildren, "--own-children")],
                Environment = [],
                Descriptors = [nothing, nothing, nothing, other, plans.File],
            });
            if (process.End is null)
            {
                // Without a descriptor its end would go unnoticed.
                process.Kill();
                process.Reap();
                throw new CallException("pidfd_open", helper, Errno.EMFILE);
            }

            return new ForkServer(process, own, plans);
        }
        catch
        {
            own.Dispose();
            throw;
        }
    }

    /// <summary>Requests a child.</summary>
    /// <param name="id">The number that its answer will have.</param>
    /// <param name="plan">Its command line and environment.</param>
    /// <param name="variables">More of the environment: texts that each end with a zero.</param>
    /// <param name="count">The number of those variables.</param>
    /// <param name="descriptors">
    /// The child's 0, 1, 2 and so on, in order; the last is for the report of a failed step, and is closed when the program is executed.
    /// </param>
    /// <returns>Null when the request is sent; EAGAIN: it cannot be sent now; any other error is sendmsg(2)'s.</returns>
    /// <exception cref="ObjectDisposedException">A descriptor is closed.</exception>
    public Errno? TryStart(long id, SharedPlan plan, ReadOnlySpan<byte> variables, int count, IReadOnlyList<SafeHandle> descriptors)
    {
        var request = new Request
        {
            Id = id, Plan = plan.Offset, Size = plan.Length, Files = (uint)descriptors.Count, Variables = (uint)count,
        };
        for (var first = 0; ;)
        {
            var part = Math.Min(DescriptorMessage.MostDescriptors, descriptors.Count - first);
            var isLast = first + part == descriptors.Count;
            request.Kind = isLast ? StartKind : MoreKind;
            if (Send(request, isLast ? variables : [], descriptors, first, part) is { } failure)
            {
                _ = first > 0 ? Send(new Request { Kind = DropKind }, [], [], 0, 0) : null;
                return failure;
            }

            first += part;
            if (isLast)
            {
                return null;
            }
        }
    }

    /// <summary>Receives an answer.</summary>
    /// <returns>False when none is there.</returns>
    public bool TryReceive(out ForkAnswer answer)
    {
        Answer received;
        while (true)
        {
            var count = Libc.recv(_socket, &received, sizeof(Answer), Libc.MSG_DONTWAIT);
            if (count == sizeof(Answer))
            {
                answer = Take(received);
                return true;
            }

            // ECONNRESET means that requests were lost, and comes before the answers that can still be read (net/unix/af_unix.c,
            // unix_release_sock).
            if (count >= 0 || (Errno)Marshal.GetLastPInvokeError() is not (Errno.EINTR or Errno.ECONNRESET))
            {
                answer = default;
                return false;
            }
        }
    }

    /// <summary>After its end: the child that it started without sending an answer.</summary>
    /// <returns>Null where it has started none since the last answer, or none at all.</returns>
    public ForkAnswer? TakeUnsaid(Func<long, bool> isDue)
    {
        Last last;
        return RandomAccess.Read(_plans.File, new Span<byte>(&last, sizeof(Last)), 0) == sizeof(Last) && last.Child != 0 && isDue(last.Id)
            ? Take(new Answer { Id = last.Id, Child = last.Child, IsOwn = last.IsOwn }) : null;
    }

    /// <summary>Gives it the descriptor limit that this process has now (prlimit(2)).</summary>
    public void PassDescriptorLimit()
    {
        var limits = stackalloc ulong[2];
        if (Libc.getrlimit(LimitedResource.RLIMIT_NOFILE, limits) == 0)
        {
            _ = Libc.prlimit(Process.Pid, LimitedResource.RLIMIT_NOFILE, limits, null);
        }
    }

    /// <summary>Closes this end of the socket, which ends the fork server; its children keep running.</summary>
    public void Dispose()
    {
        _socket.Dispose();
        Process.Dispose();
    }

    /// <summary>Asks how a child whose parent is the fork server has ended; the answer comes like the others.</summary>
    /// <returns>Null where the answer will come; EAGAIN: it cannot be asked now.</returns>
    internal Errno? TryAskForEnd(int pid) => IsClosed ? Errno.EPIPE : Send(new Request { Kind = WaitKind, Child = pid }, [], [], 0, 0);

    private static string[] Option(bool isSet, string option) => isSet ? [option] : [];

    private ForkAnswer Take(in Answer answer)
    {
        if (answer.IsOwn != 0 && _own.Remove(answer.Child, out var ended))
        {
            if (answer.Error == (int)Errno.EAGAIN)
            {
                _own[answer.Child] = ended;
            }

            ended.Told((Errno)answer.Error, answer.Status, answer.Usage);
            return new ForkAnswer(answer.Id, ended, default);
        }

        if (answer.Error != 0)
        {
            return new ForkAnswer(answer.Id, null, (Errno)answer.Error);
        }

        var child = ChildProcess.Of(answer.Child, answer.IsOwn != 0 ? this : null);
        if (answer.IsOwn != 0)
        {
            _own[answer.Child] = child;
        }

        return new ForkAnswer(answer.Id, child, default);
    }

    private Errno? Send(in Request request, ReadOnlySpan<byte> text, IReadOnlyList<SafeHandle> descriptors, int first, int count) =>
        DescriptorMessage.Send(_socket, MemoryMarshal.AsBytes(new ReadOnlySpan<Request>(in request)), text, descriptors, first, count);

    /// <summary>struct request of fork-server.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Request
    {
        public long Id;
        public long Plan;
        public long Size;
        public uint Kind;
        public uint Files;
        public uint Variables;
        public int Child;
    }

    /// <summary>struct last of fork-server.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Last
    {
        public long Id;
        public int Child;
        public uint IsOwn;
    }

    /// <summary>struct answer of fork-server.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Answer
    {
        public long Id;
        public int Child;
        public int Error;
        public int Status;
        public uint IsOwn;
        public Libc.ResourceUsage Usage;
    }
}

/// <summary>An answer of a fork server.</summary>
/// <param name="Id">The number of the request; 0 where the answer tells how a child has ended.</param>
/// <param name="Child">The child that was started, or has ended; null where it could not be started.</param>
/// <param name="Error">Why it could not.</param>
public readonly record struct ForkAnswer(long Id, ChildProcess? Child, Errno Error);
