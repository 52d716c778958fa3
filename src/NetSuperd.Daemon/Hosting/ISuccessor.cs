using Microsoft.Extensions.Logging;
using NetSuperd.Control;

namespace NetSuperd.Hosting;

/// <summary>The process that has taken over from this one, and serves.</summary>
internal interface ISuccessor : IDisposable
{
    /// <summary>The process.</summary>
    int Pid { get; }

    /// <summary>The sockets that it did not take.</summary>
    IReadOnlyList<string> Dropped { get; }

    /// <summary>Begins to answer its requests. That ends with either process, which closes the channel, and logs its own failure.</summary>
    void Serve(IOperator answers, ILogger logger);

    /// <summary>Makes it reload the map.</summary>
    void Reload();

    /// <summary>Stops it, at once or in order, as often as this is asked for.</summary>
    void Stop(bool now);
}
