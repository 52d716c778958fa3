using System.Collections;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Native;

namespace NetSuperd.Hosting;

/// <summary>The program of a successor: the one that is now at the path of this process, with the same arguments and environment.</summary>
/// <remarks>
/// An intermediate process starts it, and ends with the same status: killing that one makes the successor a child of the service manager,
/// which would not wait for the end of a grandchild.
/// </remarks>
internal sealed class SuccessorProgram(ServiceManager manager)
{
    // Read at start: later the program's file may have been replaced, or no descriptor may be left to ask with.
    private readonly string _path = StartedProgram.Path!;
    private readonly IReadOnlyList<string> _arguments = [.. ProcessArguments.Read().Select(argument => Encoding.UTF8.GetString(argument))];

    /// <summary>Starts the intermediate process.</summary>
    /// <param name="given">The descriptors that the successor gets, as a service manager would pass them (sd_listen_fds(3)).</param>
    public ChildProcess Start(IReadOnlyList<(SafeHandle Handle, string Name)> given) => ChildProcess.Start(Request(given));

    private SpawnRequest Request(IReadOnlyList<(SafeHandle Handle, string Name)> given)
    {
        var helper = Path.Combine(AppContext.BaseDirectory, "netsuperd-exec");
        var own = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(variable => (string)variable.Key
                is not ("LISTEN_PID" or "LISTEN_FDS" or "LISTEN_FDNAMES" or "NOTIFY_SOCKET" or "WATCHDOG_PID"))
            .Select(variable => $"{variable.Key}={variable.Value}");
        var names = given[0].Name == HandoverFile.DescriptorName ? [given[0].Name] : given.Select(pair => pair.Name);
        return new SpawnRequest
        {
            Path = helper,
            Arguments =
            [
                helper, "--keep-rights", "--detach", "--listen-pid", $"--argv0={_arguments[0]}", "--", _path, .. _arguments.Skip(1),
            ],
            Environment =
            [
                .. own,
                .. manager.Environment,
                string.Create(CultureInfo.InvariantCulture, $"LISTEN_FDS={given.Count}"),
                $"LISTEN_FDNAMES={string.Join(':', names)}",
            ],
            Descriptors =
            [
                .. Enumerable.Range(0, 3).Select(fd => new SafeFileHandle(fd, ownsHandle: false)), .. given.Select(pair => pair.Handle),
            ],
        };
    }
}
