using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Hosting;

/// <summary>The process that has started this one.</summary>
internal static unsafe class ParentProcess
{
    /// <summary>
    /// Whether it is the service control manager. To ask the manager itself takes seconds where it has not started the process, so this
    /// looks at the list of processes first, as .NET and Go do; that needs no right at another process.
    /// </summary>
    public static bool IsServiceManager { get; } = Find() is { } name && name.Equals("services.exe", StringComparison.OrdinalIgnoreCase);

    /// <summary>The file name of its program; null: it has ended.</summary>
    private static string? Find()
    {
        using var processes = new KernelHandle(Kernel32.CreateToolhelp32Snapshot(Kernel32.TH32CS_SNAPPROCESS, 0));
        if (processes.IsInvalid)
        {
            return null;
        }

        var names = new Dictionary<uint, (uint Parent, string Name)>();
        var entry = new Kernel32.ProcessEntry { dwSize = (uint)sizeof(Kernel32.ProcessEntry) };
        for (var more = Kernel32.Process32FirstW(processes, &entry); more; more = Kernel32.Process32NextW(processes, &entry))
        {
            names[entry.th32ProcessID] = (entry.th32ParentProcessID, new string(entry.szExeFile));
        }

        return names.TryGetValue((uint)Environment.ProcessId, out var own) && names.TryGetValue(own.Parent, out var parent)
            ? parent.Name
            : null;
    }
}
