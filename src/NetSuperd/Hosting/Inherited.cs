using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server;

namespace NetSuperd.Hosting;

/// <summary>
/// What this process was started with: sockets, and from a predecessor its control sockets, its handover, and the earlier predecessors.
/// </summary>
/// <param name="Sockets">The sockets of services.</param>
/// <param name="Control">The control sockets by their names.</param>
/// <param name="Handover">The handover; null: there was no predecessor.</param>
/// <param name="Predecessors">The predecessors.</param>
internal sealed record Inherited(
    IReadOnlyList<ListenDescriptor> Sockets, IReadOnlyDictionary<string, Socket> Control, Handover? Handover, Predecessors Predecessors)
{
    /// <summary>
    /// The name of the channel to a predecessor among the descriptors; the first channel leads to the one that has started this process.
    /// </summary>
    public const string ChannelName = "netsuperd.channel";

    /// <summary>The name of a predecessor's process among the descriptors, in the order of the channels.</summary>
    public const string ProcessName = "netsuperd.process";

    /// <summary>Why the start fails where this process cannot read the predecessor's handover; null otherwise.</summary>
    public string? Obstacle => Handover is null && !Predecessors.IsEmpty
        ? "netsuperd: cannot read what the old process hands over, so the old process keeps serving" : null;

    /// <summary>Takes the descriptors, before anything else opens some.</summary>
    public static Inherited Take()
    {
        var sockets = new List<ListenDescriptor>();
        var channels = new List<Socket>();
        var processes = new List<ProcessHandle>();
        var control = new Dictionary<string, Socket>();
        var (file, all) = TakeAll();
        foreach (var given in all)
        {
            switch (given.Name)
            {
                case ControlSockets.ControlName or ControlSockets.QuestionsName when InheritedSocket.Describe(given.Handle) is not null:
                    control[given.Name] = InheritedSocket.Open(given.Handle);
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
        var line = before.Count > 0 ? before[0].ReadHandover() : null;
        return new Inherited(sockets, control, file?.Daemon ?? line, new Predecessors(before));
    }

    /// <summary>The descriptors by their names; one of them may be the file that has the names.</summary>
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
