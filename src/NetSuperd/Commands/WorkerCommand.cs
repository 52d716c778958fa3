using NetSuperd.Native;
using NetSuperd.Linux.Workers;

namespace NetSuperd.Commands;

/// <summary><c>netsuperd worker</c>: the process in which handlers serve with rights of their own, started by the daemon alone.</summary>
internal static class WorkerCommand
{
    public static async Task<int> RunAsync()
    {
        var inherited = ListenDescriptors.Take();
        if (inherited is not [{ Name: WorkerProcess.ChannelName }])
        {
            Terminal.Say("netsuperd: the daemon starts its workers itself: write user = \"NAME\" in the service of a handler");
            return ExitStatus.Usage;
        }

        // Children of the daemon may have the same user, and the keys of certificates come next.
        ProcessMemory.Hide();
        await WorkerProcess.RunAsync(inherited[0].Handle, MapArguments.Builtins, MapArguments.Host);
        return ExitStatus.Ok;
    }
}
