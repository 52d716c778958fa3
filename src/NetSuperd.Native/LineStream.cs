using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>A file, pipe or terminal that gets whole lines, as a stream whose position tells how many bytes of them were taken.</summary>
/// <remarks>
/// A full disk, a limit or the end of the process during a write may leave half a line (write(2)). The next line begins after a line end,
/// and does not continue it. The half line is not cut off, since another process may have written after it.
/// <para>
/// During a restart two daemons write to the same standard error. One write to a file stays together (O_APPEND of open(2)); one write to a
/// pipe stays together up to PIPE_BUF bytes (pipe(7)), so longer batches are split at line ends. A terminal or a socket guarantees no more
/// than a pipe, and is treated alike.
/// </para>
/// </remarks>
public sealed class LineStream : TakingStream
{
    private readonly SafeFileHandle _file;
    private readonly bool _isFile;
    private bool _isInsideLine;

    /// <summary>Takes an open file, which belongs to the stream from now on.</summary>
    public LineStream(SafeFileHandle file)
    {
        _file = file;
        _isFile = FileStatus.Of(file) is { Type: FileType.Regular };
        _isInsideLine = _isFile && EndsInsideLine(file);
    }

    /// <summary>Standard error, which stays open after the stream.</summary>
    public static LineStream OfStandardError() => new(new SafeFileHandle(Libc.STDERR_FILENO, ownsHandle: false));

    /// <summary>
    /// Standard output, which stays open after the stream. What it gets continues what is there, whether that ends with a line end or not.
    /// </summary>
    public static LineStream OfStandardOutput() =>
        new(new SafeFileHandle(Libc.STDOUT_FILENO, ownsHandle: false)) { _isInsideLine = false };

    /// <summary>Writes lines, each with its end.</summary>
    /// <exception cref="CallException">write(2) failed. What was taken before is in <see cref="Stream.Position"/>.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_isInsideLine && buffer.Length > 0)
        {
            _ = WriteSome("\n"u8);
            _isInsideLine = false;
        }

        while (buffer.Length > 0)
        {
            var count = WriteSome(_isFile ? buffer : WholeLines(buffer));
            _isInsideLine = buffer[count - 1] != (byte)'\n';
            Taken += count;
            buffer = buffer[count..];
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _file.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>As many of the first lines as stay together in one write; the first line alone where it is longer.</summary>
    private static ReadOnlySpan<byte> WholeLines(ReadOnlySpan<byte> lines)
    {
        if (lines.Length <= Libc.PIPE_BUF)
        {
            return lines;
        }

        var end = lines[..Libc.PIPE_BUF].LastIndexOf((byte)'\n');
        end = end >= 0 ? end : lines.IndexOf((byte)'\n');
        return end >= 0 ? lines[..(end + 1)] : lines;
    }

    /// <summary>Writes once: at least one byte.</summary>
    private unsafe int WriteSome(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            fixed (byte* start = bytes)
            {
                var count = (int)Libc.write(_file, start, bytes.Length);
                if (count > 0)
                {
                    return count;
                }
            }

            switch ((Errno)Marshal.GetLastPInvokeError())
            {
                case Errno.EINTR:
                    continue;
                case Errno.EAGAIN:
                    // Another process with the same open file has made it non-blocking; this thread can wait.
                    WaitForRoom();
                    continue;
                default:
                    throw Libc.Failure("write", "log");
            }
        }
    }

    private unsafe void WaitForRoom()
    {
        var room = new Libc.PollDescriptor { fd = (int)_file.DangerousGetHandle(), events = Libc.POLLOUT };
        _ = Libc.poll(&room, 1, -1);
    }

    /// <summary>Whether a regular file ends without a line end; false where it may not be read.</summary>
    private static bool EndsInsideLine(SafeFileHandle file)
    {
        try
        {
            // The file is opened again to read it (proc(5)): the descriptor is write-only.
            var path = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{file.DangerousGetHandle()}");
            using var reader = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Span<byte> last = stackalloc byte[1];
            var length = RandomAccess.GetLength(reader);
            return length > 0 && RandomAccess.Read(reader, last, length - 1) == 1 && last[0] != (byte)'\n';
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
