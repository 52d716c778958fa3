using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Linux.Spawn;

/// <summary>A child that runs, or has ended while its connection lingers.</summary>
internal sealed class RunningChild(ChildWatch watch, ChildProcess process, ChildJob job) : IWatcher
{
    /// <summary>The process.</summary>
    public ChildProcess Process => process;

    /// <summary>What was started.</summary>
    public ChildJob Job => job;

    /// <summary>The watch of its end; null: it is polled.</summary>
    public long? Token { get; set; }

    /// <summary>What its connection does after its end; null: it runs, or nothing lingers.</summary>
    public LingeringEnd? Lingering { get; set; }

    /// <inheritdoc/>
    public void Ready(Events events) => watch.Reap(this);
}
