using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Security.AccessControl;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Control;

/// <summary>One end of a pipe that waits for its client.</summary>
internal sealed class PipeInstance : IDisposable
{
    // The system keeps so much of an answer until the client reads it; more waits in the daemon.
    private const int BufferBytes = 64 * 1024;

    private volatile bool _isOver;

    private PipeInstance(NamedPipeServerStream stream, Action ended)
    {
        Stream = stream;
        Waiting = WaitAsync(ended);
    }

    /// <summary>The end of the daemon.</summary>
    public NamedPipeServerStream Stream { get; }

    /// <summary>The waiting for the client.</summary>
    public Task Waiting { get; }

    /// <summary>Whether the client has come, or none will. Set before it is told: the task itself completes a moment later.</summary>
    public bool IsOver => _isOver;

    /// <summary>Whether a client is connected.</summary>
    public bool HasClient { get; private set; }

    /// <summary>Makes one, and waits for its client.</summary>
    /// <param name="path">The pipe.</param>
    /// <param name="isFirst">Whether no process may have a pipe of that name yet.</param>
    /// <param name="ended">Is called at the end of the waiting.</param>
    /// <param name="error">The error of Windows; 0: none.</param>
    /// <returns>The instance; null after an error.</returns>
    /// <remarks>
    /// The runtime's own constructor lets clients of other machines in. Wine 8 takes no notice of FILE_FLAG_FIRST_PIPE_INSTANCE.
    /// </remarks>
    public static unsafe PipeInstance? Create(string path, bool isFirst, Action ended, out int error)
    {
        fixed (byte* descriptor = Access().GetSecurityDescriptorBinaryForm())
        {
            var security = new Kernel32.SecurityAttributes
            {
                nLength = (uint)sizeof(Kernel32.SecurityAttributes), lpSecurityDescriptor = descriptor,
            };
            var handle = new SafePipeHandle(
                Kernel32.CreateNamedPipeW(
                    path,
                    Kernel32.PIPE_ACCESS_DUPLEX | Kernel32.FILE_FLAG_OVERLAPPED | (isFirst ? Kernel32.FILE_FLAG_FIRST_PIPE_INSTANCE : 0),
                    Kernel32.PIPE_REJECT_REMOTE_CLIENTS, Kernel32.PIPE_UNLIMITED_INSTANCES, BufferBytes, BufferBytes, 0, &security),
                ownsHandle: true);
            error = handle.IsInvalid ? Marshal.GetLastPInvokeError() : 0;
            return handle.IsInvalid ? null
                : new PipeInstance(new NamedPipeServerStream(PipeDirection.InOut, isAsync: true, isConnected: false, handle), ended);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Stream.Dispose();

    /// <summary>
    /// SYSTEM and administrators may connect, and the daemon's account where it is no administrator. A process of an administrator that
    /// is not elevated may not: it could otherwise command one that is. The list takes nothing over from elsewhere.
    /// </summary>
    private static PipeSecurity Access()
    {
        var access = new PipeSecurity();
        access.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        foreach (var account in Accounts.IsAdministrator ? [Accounts.LocalSystem, Accounts.Administrators]
            : new[] { Accounts.LocalSystem, Accounts.Administrators, Accounts.Own })
        {
            access.AddAccessRule(new PipeAccessRule(account, PipeAccessRights.FullControl, AccessControlType.Allow));
        }

        // A command looks at the owner before it sends anything.
        access.SetOwner(Accounts.IsAdministrator ? Accounts.Administrators : Accounts.OwnService ?? Accounts.Own);
        return access;
    }

    private async Task WaitAsync(Action ended)
    {
        try
        {
            await Stream.WaitForConnectionAsync(CancellationToken.None).ConfigureAwait(false);
            HasClient = true;
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The client has left at once, or the instance was closed.
            HasClient = false;
        }
        finally
        {
            _isOver = true;
            ended();
        }
    }
}
