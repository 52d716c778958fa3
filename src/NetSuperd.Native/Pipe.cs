using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>A pipe(2), close-on-exec from birth. Only the daemon's end does not block: the two have flags of their own.</summary>
public sealed class Pipe : IDisposable
{
    private Pipe(Descriptor reader, Descriptor writer)
    {
        Reader = reader;
        Writer = writer;
    }

    /// <summary>The end that the daemon reads.</summary>
    public Descriptor Reader { get; }

    /// <summary>The end that children write to.</summary>
    public Descriptor Writer { get; }

    /// <summary>Makes a pipe.</summary>
    /// <exception cref="CallException">pipe2(2) failed.</exception>
    public static unsafe Pipe Create()
    {
        var fds = stackalloc int[2];
        if (Libc.pipe2(fds, Libc.O_CLOEXEC) < 0)
        {
            throw Libc.Failure("pipe2", "O_CLOEXEC");
        }

        var pipe = new Pipe(new Descriptor(fds[0]), new Descriptor(fds[1]));
        if (Libc.fcntl(pipe.Reader, Libc.F_SETFL, Libc.O_NONBLOCK) < 0)
        {
            pipe.Dispose();
            throw Libc.Failure("fcntl", "F_SETFL");
        }

        return pipe;
    }

    /// <summary>
    /// Gives the pipe to a user. A process of that user may then open it again by <c>/dev/stderr</c>, where permissions are checked
    /// (proc(5)), but only to write.
    /// </summary>
    /// <exception cref="CallException">fchown(2) or fchmod(2) failed.</exception>
    public void GiveTo(uint user, uint group)
    {
        if (Libc.fchown(Writer, user, group) < 0 || Libc.fchmod(Writer, (uint)UnixFileMode.UserWrite) < 0)
        {
            throw Libc.Failure("fchown", $"pipe, {user}");
        }
    }

    /// <summary>Writes a few bytes, for which a pipe that is empty has room.</summary>
    /// <returns>Whether they were written: they are not where the reader is closed.</returns>
    public unsafe bool TryWrite(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            return Libc.write(Writer, start, bytes.Length) == bytes.Length;
        }
    }

    /// <summary>Reads what is there.</summary>
    /// <returns>The number of bytes; 0 at the end, when every writer is closed; -1 when nothing is there now.</returns>
    /// <exception cref="CallException">read(2) failed.</exception>
    public int Read(Span<byte> buffer) => Read(Reader, buffer);

    /// <summary>Reads what is there from the end of a pipe that another process has made.</summary>
    /// <inheritdoc cref="Read(Span{byte})"/>
    public static unsafe int Read(SafeHandle reader, Span<byte> buffer)
    {
        while (true)
        {
            fixed (byte* start = buffer)
            {
                var count = (int)Libc.read(reader, start, buffer.Length);
                if (count >= 0)
                {
                    return count;
                }
            }

            switch ((Errno)Marshal.GetLastPInvokeError())
            {
                case Errno.EAGAIN:
                    return -1;
                case Errno.EINTR:
                    continue;
                default:
                    throw Libc.Failure("read", "pipe");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Reader.Dispose();
        Writer.Dispose();
    }
}
