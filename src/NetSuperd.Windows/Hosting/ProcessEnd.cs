using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Platform;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Hosting;

/// <summary>The end of a process, for which the command that stops it waits.</summary>
/// <param name="process">The process; null: this account may not wait for it, and asks again and again whether it is there.</param>
/// <param name="pid">Its number.</param>
internal sealed class ProcessEnd(KernelHandle? process, int pid) : IProcessEnd
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>The end of a process; null: it has ended.</summary>
    public static ProcessEnd? Of(int pid)
    {
        var handle = Kernel32.OpenProcess(Kernel32.PROCESS_SYNCHRONIZE, 0, (uint)pid);
        return handle != 0 ? new ProcessEnd(new KernelHandle(handle), pid)
            : Marshal.GetLastPInvokeError() == Kernel32.ERROR_ACCESS_DENIED ? new ProcessEnd(null, pid)
            : null;
    }

    /// <inheritdoc/>
    public async Task WhenEndedAsync(CancellationToken stopping)
    {
        if (process is null)
        {
            while (IsThere())
            {
                await Task.Delay(Pause, stopping).ConfigureAwait(false);
            }

            return;
        }

        using var end = new ProcessWait(process);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var wait = ThreadPool.RegisterWaitForSingleObject(
            end, (_, _) => ended.SetResult(), null, Timeout.InfiniteTimeSpan, executeOnlyOnce: true);
        try
        {
            await ended.Task.WaitAsync(stopping).ConfigureAwait(false);
        }
        finally
        {
            wait.Unregister(null);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => process?.Dispose();

    /// <summary>Whether the system lists the process, which needs no right.</summary>
    private unsafe bool IsThere()
    {
        for (var numbers = new uint[1024]; ; numbers = new uint[2 * numbers.Length])
        {
            fixed (uint* list = numbers)
            {
                uint bytes;
                if (!Kernel32.K32EnumProcesses(list, (uint)numbers.Length * sizeof(uint), &bytes))
                {
                    return false;
                }

                // A list that is full may not be whole.
                if (bytes < numbers.Length * sizeof(uint))
                {
                    return numbers.AsSpan(0, (int)bytes / sizeof(uint)).Contains((uint)pid);
                }
            }
        }
    }

    /// <summary>The process as something that a thread of the pool waits for.</summary>
    private sealed class ProcessWait : WaitHandle
    {
        public ProcessWait(KernelHandle process) => SafeWaitHandle = new SafeWaitHandle(process.DangerousGetHandle(), ownsHandle: false);
    }
}
