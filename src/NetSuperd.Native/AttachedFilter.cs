using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>The packet filter of a socket (socket(7), SO_ATTACH_FILTER).</summary>
public static class AttachedFilter
{
    extension(SocketFilter)
    {
        /// <summary>The filter of a socket; null where it has none, or one that was made by bpf(2).</summary>
        public static unsafe SocketFilter? Of(Socket socket)
        {
            // The system counts instructions here, and not bytes.
            var count = (uint)SocketFilter.MostInstructions;
            var program = new FilterInstruction[SocketFilter.MostInstructions];
            fixed (FilterInstruction* room = program)
            {
                return Libc.getsockopt(socket.SafeHandle, Libc.SOL_SOCKET, Libc.SO_ATTACH_FILTER, room, &count) == 0 && count > 0
                    ? new SocketFilter(program.AsSpan(0, (int)count))
                    : null;
            }
        }

        /// <summary>
        /// Whether a filter is on a socket and nothing else: null means none. Of a filter made by bpf(2) the system reports only that it is
        /// there (EACCES).
        /// </summary>
        public static unsafe bool IsOn(Socket socket, SocketFilter? expected)
        {
            if (expected is not null)
            {
                return expected.Equals(SocketFilter.Of(socket));
            }

            var count = 0U;
            return Libc.getsockopt(socket.SafeHandle, Libc.SOL_SOCKET, Libc.SO_ATTACH_FILTER, null, &count) < 0
                ? Libc.Failure("getsockopt", "SO_GET_FILTER").Errno != Errno.EACCES
                : count == 0;
        }

        /// <summary>Takes a filter off (SO_DETACH_FILTER).</summary>
        /// <returns>Whether there was one that was not locked.</returns>
        public static unsafe bool Detach(Socket socket)
        {
            var ignored = 0;
            return Libc.setsockopt(socket.SafeHandle, Libc.SOL_SOCKET, Libc.SO_DETACH_FILTER, &ignored, sizeof(int)) == 0;
        }
    }

    /// <summary>Filters what the socket receives from now on, for every process that shares it.</summary>
    /// <exception cref="CallException">setsockopt(2) failed; EPERM: the socket has a locked filter.</exception>
    public static unsafe void Attach(this SocketFilter filter, Socket socket)
    {
        fixed (FilterInstruction* instructions = filter.Instructions)
        {
            var program = new Libc.FilterProgram { len = (ushort)filter.Length, filter = instructions };
            if (Libc.setsockopt(
                socket.SafeHandle, Libc.SOL_SOCKET, Libc.SO_ATTACH_FILTER, &program, (uint)sizeof(Libc.FilterProgram)) < 0)
            {
                throw Libc.Failure("setsockopt", "SO_ATTACH_FILTER");
            }
        }
    }

    /// <summary>Attaches it for good (SO_LOCK_FILTER): no process can take it off or replace it, the daemon included.</summary>
    /// <returns>This filter.</returns>
    /// <exception cref="CallException">setsockopt(2) failed.</exception>
    public static unsafe SocketFilter Lock(this SocketFilter filter, Socket socket)
    {
        filter.Attach(socket);
        var on = 1;
        return Libc.setsockopt(socket.SafeHandle, Libc.SOL_SOCKET, Libc.SO_LOCK_FILTER, &on, sizeof(int)) < 0
            ? throw Libc.Failure("setsockopt", "SO_LOCK_FILTER")
            : filter;
    }
}
