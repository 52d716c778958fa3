using NetSuperd.Native;

namespace NetSuperd.Hosting;

/// <summary>Descriptors that are free when a stop begins, whatever the process has open by then.</summary>
internal sealed class KeptDescriptors : IDisposable
{
    // What a stop opens: files of /proc, the pid file, a watch, and some for each thread that the runtime starts.
    private const int Count = 16;

    private readonly List<Descriptor> _kept = [];

    /// <summary>Opens them.</summary>
    public KeptDescriptors()
    {
        using var nothing = File.OpenHandle("/dev/null");
        for (var i = 0; i < Count; i++)
        {
            _kept.Add(Descriptor.Duplicate(nothing));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_kept)
        {
            _kept.ForEach(kept => kept.Dispose());
            _kept.Clear();
        }
    }
}
