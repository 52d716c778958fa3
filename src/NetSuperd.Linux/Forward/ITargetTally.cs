using System.Net;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Forward;

/// <summary>Keeps what is known about the targets of forwarded connections.</summary>
internal interface ITargetTally
{
    /// <summary>The record of a connection; null: it has ended.</summary>
    ConnectionRecord? RecordOf(long id);

    /// <summary>A target has taken a connection.</summary>
    /// <param name="id">The connection.</param>
    /// <param name="target">The target, an index of those of the map.</param>
    /// <param name="end">Its address.</param>
    void Reach(long id, int target, EndPoint end);
}
