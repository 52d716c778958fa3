using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace NetSuperd.Native;

/// <summary>What tells a service manager how the daemon is (sd_notify(3)).</summary>
/// <remarks>
/// Not by Microsoft.Extensions.Hosting.Systemd: it cannot pass descriptors. The variable is taken out of the environment; children get one that is
/// written for them.
/// </remarks>
public sealed class NotifySocket : IDisposable
{
    private readonly Descriptor _socket;
    private readonly string _name;

    private NotifySocket(Descriptor socket, string name) => (_socket, _name) = (socket, name);

    /// <summary>The variable's value, for a process that takes the daemon's place.</summary>
    public string Name => _name;

    /// <summary>The socket of the service manager; null where none has started the daemon.</summary>
    public static NotifySocket? FromEnvironment()
    {
        var name = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");
        Environment.SetEnvironmentVariable("NOTIFY_SOCKET", null);
        var length = name is null ? 0 : Encoding.UTF8.GetByteCount(name);
        if (name is not ['/' or '@', _, ..] || length >= Libc.SizeOfUnixPath)
        {
            return null;
        }

        var fd = Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0);
        return fd < 0 ? null : new NotifySocket(new Descriptor(fd), name);
    }

    /// <summary>Half of the time within which the service manager wants to hear of the daemon; null where it does not.</summary>
    public static TimeSpan? WatchdogInterval()
    {
        var (text, pid) = (Environment.GetEnvironmentVariable("WATCHDOG_USEC"), Environment.GetEnvironmentVariable("WATCHDOG_PID"));
        var isOurs = pid is null || pid == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return isOurs && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds > 0
            ? TimeSpan.FromMicroseconds(microseconds / 2.0)
            : null;
    }

    /// <summary>Sends lines of state, and descriptors to keep with FDSTORE=1.</summary>
    /// <returns>Whether the service manager has them. A lost one is no error of the daemon.</returns>
    public unsafe bool Send(string state, params IReadOnlyList<SafeHandle> descriptors)
    {
        var text = Encoding.UTF8.GetBytes(state);
        var address = new byte[sizeof(ushort) + Libc.SizeOfUnixPath];
        MemoryMarshal.Write(address, (ushort)Libc.AF_UNIX);
        var length = Encoding.UTF8.GetBytes(_name, address.AsSpan(sizeof(ushort)));
        if (_name[0] == '@')
        {
            address[sizeof(ushort)] = 0;
        }

        // CMSG_SPACE and CMSG_LEN of cmsg(3): a header, then the numbers, filled up to whole words.
        var rights = descriptors.Count * sizeof(int);
        var control = new byte[descriptors.Count == 0 ? 0 : sizeof(Libc.ControlHeader) + ((rights + 7) & ~7)];
        var held = 0;
        try
        {
            for (; held < descriptors.Count; held++)
            {
                var ignored = false;
                descriptors[held].DangerousAddRef(ref ignored);
                MemoryMarshal.Write(control.AsSpan(sizeof(Libc.ControlHeader) + (held * sizeof(int))), (int)descriptors[held].DangerousGetHandle());
            }

            if (control.Length > 0)
            {
                MemoryMarshal.Write(control, new Libc.ControlHeader
                {
                    cmsg_len = sizeof(Libc.ControlHeader) + rights,
                    cmsg_level = Libc.SOL_SOCKET,
                    cmsg_type = Libc.SCM_RIGHTS,
                });
            }

            // The arrays are pinned while the call reads them.
            fixed (byte* data = text, name = address, ancillary = control)
            {
                var part = stackalloc nint[2] { (nint)data, text.Length };
                var message = new Libc.MessageHeader
                {
                    msg_name = name,
                    msg_namelen = (uint)(sizeof(ushort) + length + (_name[0] == '@' ? 0 : 1)),
                    msg_iov = part,
                    msg_iovlen = 1,
                    msg_control = ancillary,
                    msg_controllen = control.Length,
                };
                return Libc.sendmsg(_socket, &message, Libc.MSG_NOSIGNAL) >= 0;
            }
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            while (held > 0)
            {
                descriptors[--held].DangerousRelease();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
