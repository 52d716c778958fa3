using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>Delivers signals to the daemon on the runtime's signal thread, which exists from the start.</summary>
/// <remarks>
/// <see cref="PosixSignalRegistration"/> starts a thread for each TERM, INT and QUIT. Where the system has no thread left, or no descriptor
/// for one, the runtime ends the process with status 134, just when it is to stop in order. So the callback of the runtime's signal thread
/// (pal_signal.c, SystemNative_SetPosixSignalHandler) is replaced. Handlers that a plugin registers are no longer called: signals belong to
/// the daemon.
/// </remarks>
public static unsafe partial class SignalDelivery
{
    private static Func<int, bool> _receive = _ => false;

    /// <summary>Takes the signals that were registered with <see cref="PosixSignalRegistration"/> before.</summary>
    /// <param name="receive">
    /// Called with the number of a signal; returns whether it was handled. It must not block: the next signal waits.
    /// </param>
    /// <returns>False where the runtime has no such thread; then the registrations stay in force.</returns>
    public static bool Take(Func<int, bool> receive)
    {
        _receive = receive;
        try
        {
            SystemNative_SetPosixSignalHandler(&OnSignal);
            return true;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }

    [UnmanagedCallersOnly]
    private static int OnSignal(int signal, int name)
    {
        try
        {
            return _receive(signal) ? 1 : 0;
        }
        catch (OutOfMemoryException)
        {
            // An exception here would end the process. The signal is lost, and the next one tries again.
            return 1;
        }
    }

    [LibraryImport("libSystem.Native")]
    private static partial void SystemNative_SetPosixSignalHandler(delegate* unmanaged<int, int, int> handler);
}
