using System.Runtime.InteropServices;
using Microsoft.Win32;
using NetSuperd.Platform;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Logging;

/// <summary>
/// A source of events in the event log named Application. Where no source of the name is registered, the events are there all the same,
/// and the Event Viewer shows a note before their text.
/// </summary>
/// <param name="name">Its name.</param>
internal sealed unsafe class EventSource(string name) : IEventReport
{
    /// <summary>The source where the program runs as no service.</summary>
    public const string DefaultName = "netsuperd";

    private const string Sources = @"SYSTEM\CurrentControlSet\Services\EventLog\Application";
    private const int Types = Advapi32.EVENTLOG_ERROR_TYPE | Advapi32.EVENTLOG_WARNING_TYPE | Advapi32.EVENTLOG_INFORMATION_TYPE;

    // Of .NET: each number of an event has the text "%1" in it, for which the text of the event stands.
    private const string Messages = "System.Diagnostics.EventLog.Messages.dll";

    private EventSourceHandle? _handle;

    /// <summary>Registers a source for the program in a folder; one of the name is replaced.</summary>
    /// <exception cref="UnauthorizedAccessException">Only an administrator may.</exception>
    public static void Register(string name, string folder)
    {
        using var key = Registry.LocalMachine.CreateSubKey($@"{Sources}\{name}");
        key.SetValue("EventMessageFile", Path.Combine(folder, Messages), RegistryValueKind.ExpandString);
        key.SetValue("TypesSupported", Types, RegistryValueKind.DWord);
    }

    /// <summary>Removes a source, if it is there.</summary>
    /// <inheritdoc cref="Register"/>
    public static void Unregister(string name) => Registry.LocalMachine.DeleteSubKeyTree($@"{Sources}\{name}", throwOnMissingSubKey: false);

    /// <inheritdoc/>
    public void Report(ushort type, ushort id, string text)
    {
        _handle ??= Open();
        fixed (char* chars = text)
        {
            var strings = stackalloc char*[] { chars };
            if (!Advapi32.ReportEventW(_handle, type, category: 0, id, user: null, stringCount: 1, dataSize: 0, strings, data: null))
            {
                var error = Marshal.GetLastPInvokeError();

                // The event log may have been stopped and started since.
                Dispose();
                throw new CallException("ReportEventW", name, WinsockError.Errno(error));
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _handle?.Dispose();
        _handle = null;
    }

    private EventSourceHandle Open()
    {
        var handle = new EventSourceHandle(Advapi32.RegisterEventSourceW(null, name));
        return handle.IsInvalid
            ? throw new CallException("RegisterEventSourceW", name, WinsockError.Errno(Marshal.GetLastPInvokeError()))
            : handle;
    }
}
