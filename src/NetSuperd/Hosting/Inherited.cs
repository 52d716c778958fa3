using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Server;

namespace NetSuperd.Hosting;

/// <summary>
/// What came with the start: sockets, and from a daemon before this one its control socket, what it says, and the processes that live on.
/// </summary>
internal sealed record Inherited(IReadOnlyList<ListenDescriptor> Sockets, Socket? Control, Handover? Handover, Predecessors Predecessors)
{
    /// <summary>The name of the control socket among the descriptors.</summary>
    public const string ControlName = "netsuperd.control";

    /// <summary>
    /// The name of the channel to a process among the descriptors; the first one is to the process that has started this one.
    /// </summary>
    public const string ChannelName = "netsuperd.channel";

    /// <summary>The name of a process among the descriptors, in the order of the channels.</summary>
    public const string ProcessName = "netsuperd.process";

    /// <summary>
    /// Why the start fails: the process that has started this one says what this one does not understand; null otherwise.
    /// </summary>
    public string? Obstacle => Handover is null && !Predecessors.IsEmpty
        ? "netsuperd: cannot read what the old process hands over, so the old process keeps serving" : null;

    /// <summary>Takes it, before anything else opens descriptors.</summary>
    public static Inherited Take()
    {
        var sockets = new List<ListenDescriptor>();
        var channels = new List<Socket>();
        var processes = new List<ProcessHandle>();
        Socket? control = null;
        var (file, all) = TakeAll();
        foreach (var given in all)
        {
            switch (given.Name)
            {
                case ControlName when InheritedSocket.Describe(given.Handle) is not null:
                    control = InheritedSocket.Open(given.Handle);
                    break;
                case ChannelName when InheritedSocket.Describe(given.Handle) is not null:
                    channels.Add(InheritedSocket.Open(given.Handle));
                    break;
                case ProcessName when ProcessHandle.From(given.Handle) is { } process:
                    processes.Add(process);
                    break;
                default:
                    sockets.Add(given);
                    break;
            }
        }

        var before = channels.Zip(processes, (channel, process) => new Predecessor(channel, process)).ToList();
        var line = before.Count > 0 ? before[0].Meet() : null;
        return new Inherited(sockets, control, file?.Daemon ?? line, new Predecessors(before));
    }

    /// <summary>The descriptors by their names, which may be in the file that is one of them.</summary>
    private static (HandoverFile? File, IEnumerable<ListenDescriptor> Given) TakeAll()
    {
        var all = ListenDescriptors.Take();
        if (all.FirstOrDefault(given => given.Name == HandoverFile.DescriptorName) is not { } handover)
        {
            return (null, all);
        }

        var file = HandoverFile.Read(handover.Handle);
        handover.Handle.Dispose();
        var rest = all.Where(given => given != handover);
        return (file, file?.Names is not { } names ? rest
            : rest.Select(given => given with { Name = names.ElementAtOrDefault(given.Number - ListenDescriptors.First) ?? given.Name }));
    }
}
