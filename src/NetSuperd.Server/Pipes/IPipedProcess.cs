using NetSuperd.Platform;

namespace NetSuperd.Server.Pipes;

/// <summary>A process whose standard input, output and error are pipes to the daemon.</summary>
internal interface IPipedProcess : IDisposable
{
    /// <summary>Its number.</summary>
    int Pid { get; }

    /// <summary>What it reads. Its end is the end of this stream.</summary>
    Stream Input { get; }

    /// <summary>What it writes. The end comes when the process and those that it has started have closed it.</summary>
    Stream Output { get; }

    /// <summary>What it writes to standard error; null: that goes elsewhere.</summary>
    Stream? Errors { get; }

    /// <summary>Completes when it has ended itself; processes that it has started may still run.</summary>
    Task Ended { get; }

    /// <summary>Kills it with every process that it has started.</summary>
    void Kill();

    /// <summary>Kills what it has left, and tells how it has ended. After <see cref="Ended"/>.</summary>
    ChildEnd Finish();
}
