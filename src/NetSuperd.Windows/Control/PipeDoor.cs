using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Security.Principal;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Control;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Control;

/// <summary>Operators reach the daemon at a named pipe.</summary>
internal sealed class PipeDoor : IControlDoor
{
    // Where all instances have clients, one of them that is silent is cut off for the next client.
    private static readonly TimeSpan Patience = ControlProtocol.RequestTime;

    /// <inheritdoc/>
    public (ControlListener? Listener, ControlBindFailure? Failure) Open(ControlPlace place) => PipeListener.Open(place);

    /// <inheritdoc/>
    public async Task<(ControlConnection? Connection, ControlAnswer? Failure)> ConnectAsync(
        string path, bool isForQuestions, CancellationToken cancellationToken)
    {
        if (PipeName.Complaint(path) is { } complaint)
        {
            return (null, ControlAnswer.Of(ExitStatus.Usage, $"netsuperd: {complaint}"));
        }

        var (handle, error) = await OpenAsync(path, cancellationToken).ConfigureAwait(false);
        if (handle is null)
        {
            return (null, Unreachable(path, error));
        }

        var stream = new NamedPipeClientStream(PipeDirection.InOut, isAsync: true, isConnected: true, handle);
        if (Stranger(path, stream) is { } stranger)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            return (null, stranger);
        }

        return (new PipeConnection(stream), null);
    }

    /// <summary>The process that has a pipe; null: that cannot be known.</summary>
    public static int? ServerOf(string path)
    {
        var (handle, _) = Open(path);
        using (handle)
        {
            return handle is null ? null : ServerOf(handle);
        }
    }

    private static unsafe int? ServerOf(SafePipeHandle handle)
    {
        uint process;
        return Kernel32.GetNamedPipeServerProcessId(handle, &process) ? (int)process : null;
    }

    /// <summary>Opens an end of the pipe; waits for one while all have clients.</summary>
    private static async Task<(SafePipeHandle? Handle, int Error)> OpenAsync(string path, CancellationToken cancellationToken)
    {
        for (var began = Stopwatch.GetTimestamp(); ;)
        {
            var found = Open(path);
            var left = Patience - Stopwatch.GetElapsedTime(began);
            if (found.Error != Kernel32.ERROR_PIPE_BUSY || left <= TimeSpan.Zero)
            {
                return found;
            }

            await Task.Run(() => Kernel32.WaitNamedPipeW(path, (uint)left.TotalMilliseconds + 1), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Opens an end. Its server may identify this process, and do nothing in its name.</summary>
    private static unsafe (SafePipeHandle? Handle, int Error) Open(string path)
    {
        var handle = new SafePipeHandle(
            Kernel32.CreateFileW(
                path, Kernel32.GENERIC_READ | Kernel32.GENERIC_WRITE, 0, null, Kernel32.OPEN_EXISTING,
                Kernel32.FILE_FLAG_OVERLAPPED | Kernel32.SECURITY_SQOS_PRESENT | Kernel32.SECURITY_IDENTIFICATION, 0),
            ownsHandle: true);
        return handle.IsInvalid ? (null, Marshal.GetLastPInvokeError()) : (handle, 0);
    }

    private static ControlAnswer Unreachable(string path, int error) => error switch
    {
        Kernel32.ERROR_ACCESS_DENIED => ControlAnswer.Of(
            ExitStatus.NoPermission,
            $"netsuperd: the daemon at {path} answers only administrators and its own account; run the command as administrator"),
        Kernel32.ERROR_PIPE_BUSY => ControlAnswer.Of(
            ExitStatus.Unavailable, $"netsuperd: the daemon at {path} serves as many clients as it can; try again"),
        _ => ControlAnswer.Of(
            ExitStatus.Unavailable,
            $"netsuperd: no daemon answers at {path} ({Reason(error)}); "
            + "start it, or name its control pipe with --control or its map with --config (after an edit of daemon.control: the old pipe)"),
    };

    private static string Reason(int error) =>
        error == Kernel32.ERROR_FILE_NOT_FOUND ? "there is no such pipe" : Marshal.GetPInvokeErrorMessage(error);

    /// <summary>
    /// Why the answering process is not trusted; null where it is. Any program may have taken the name before the daemon, and could then
    /// answer an administrator as it likes. The owner of the pipe is asked at the end that has been opened, so it is that of the server.
    /// </summary>
    private static ControlAnswer? Stranger(string path, NamedPipeClientStream stream)
    {
        var owner = OwnerOf(stream);
        if (owner is not null && Accounts.IsTrusted(owner))
        {
            return null;
        }

        var account = owner is null ? "an unknown account" : Accounts.NameOf(owner) ?? owner.Value;
        return ControlAnswer.Of(
            ExitStatus.NoPermission,
            $"netsuperd: process {ServerOf(stream.SafePipeHandle)} of {account} answers at {path} and is not trusted: a command trusts a "
            + "daemon of administrators, of its own account, or of a service of this program; say by --control where the daemon is, or "
            + "stop that process");
    }

    private static SecurityIdentifier? OwnerOf(NamedPipeClientStream stream)
    {
        try
        {
            return (SecurityIdentifier?)stream.GetAccessControl().GetOwner(typeof(SecurityIdentifier));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            // It does not tell.
            return null;
        }
    }
}
