using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Security.AccessControl;
using System.Security.Cryptography;
using System.Security.Principal;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Platform;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Programs;

/// <summary>A pipe between the daemon and a child that is going to be started.</summary>
/// <remarks>
/// Anonymous pipes have no asynchronous calls (CreatePipe, Remarks), so it is a named one: its name is used once and cannot be guessed,
/// nothing else may have it already, and only the daemon's own account on this computer may open it.
/// </remarks>
internal sealed unsafe class ChildPipe : IDisposable
{
    private const uint BufferBytes = 64 * 1024;
    private const int RandomDigits = 32;

    // GENERIC_ALL for the account itself, and nothing from above.
    private static readonly byte[] Security = Descriptor($"D:P(A;;GA;;;{WindowsIdentity.GetCurrent().User})");

    private ChildPipe(PipeStream own, SafeHandle child) => (Own, Child) = (own, child);

    /// <summary>The daemon's end.</summary>
    public PipeStream Own { get; }

    /// <summary>The child's end, which it inherits.</summary>
    public SafeHandle Child { get; }

    /// <summary>Makes a pipe.</summary>
    /// <param name="direction">Whether the daemon reads from it or writes to it.</param>
    /// <exception cref="CallException">The system has none.</exception>
    public static ChildPipe Create(PipeDirection direction)
    {
        var reads = direction == PipeDirection.In;
        var name = $@"\\.\pipe\netsuperd-child-{RandomNumberGenerator.GetHexString(RandomDigits, lowercase: true)}";
        var own = CreateOwn(name, reads ? Kernel32.PIPE_ACCESS_INBOUND : Kernel32.PIPE_ACCESS_OUTBOUND);
        SafeHandle? child = null;
        try
        {
            // The right to attributes is for the runtimes of children, which ask the pipe for its state or set it.
            child = Open(
                name,
                reads ? Kernel32.GENERIC_WRITE | Kernel32.FILE_READ_ATTRIBUTES : Kernel32.GENERIC_READ | Kernel32.FILE_WRITE_ATTRIBUTES);
            return new ChildPipe(new NamedPipeServerStream(direction, isAsync: true, isConnected: true, own), child);
        }
        catch
        {
            child?.Dispose();
            own.Dispose();
            throw;
        }
    }

    /// <summary>A device that takes everything, for a child.</summary>
    /// <exception cref="CallException">It cannot be opened.</exception>
    public static SafeHandle Nothing() => Open("NUL", Kernel32.GENERIC_WRITE);

    /// <summary>Closes both ends, where no child was started.</summary>
    public void Dispose()
    {
        Own.Dispose();
        Child.Dispose();
    }

    private static SafePipeHandle CreateOwn(string name, uint access)
    {
        fixed (byte* descriptor = Security)
        {
            var security = new Kernel32.SecurityAttributes
            {
                nLength = (uint)sizeof(Kernel32.SecurityAttributes), lpSecurityDescriptor = descriptor,
            };
            var own = new SafePipeHandle(
                Kernel32.CreateNamedPipeW(
                    name,
                    access | Kernel32.FILE_FLAG_OVERLAPPED | Kernel32.FILE_FLAG_FIRST_PIPE_INSTANCE,
                    Kernel32.PIPE_REJECT_REMOTE_CLIENTS,
                    instances: 1,
                    BufferBytes,
                    BufferBytes,
                    milliseconds: 0,
                    &security),
                ownsHandle: true);
            return !own.IsInvalid ? own : throw Ws2.Failure("CreateNamedPipeW", name);
        }
    }

    private static SafeFileHandle Open(string name, uint access)
    {
        var security = new Kernel32.SecurityAttributes { nLength = (uint)sizeof(Kernel32.SecurityAttributes), bInheritHandle = 1 };
        var handle = new SafeFileHandle(
            Kernel32.CreateFileW(
                name, access, Kernel32.FILE_SHARE_READ | Kernel32.FILE_SHARE_WRITE, &security, Kernel32.OPEN_EXISTING, 0, template: 0),
            ownsHandle: true);
        return !handle.IsInvalid ? handle : throw Ws2.Failure("CreateFileW", name);
    }

    private static byte[] Descriptor(string text)
    {
        var descriptor = new RawSecurityDescriptor(text);
        var bytes = new byte[descriptor.BinaryLength];
        descriptor.GetBinaryForm(bytes, 0);
        return bytes;
    }
}
