using System.Net;
using NetSuperd.Native;
using NetSuperd.Server.Spawn;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>Aborting a connection.</summary>
public sealed partial class Superserver
{
    /// <summary>Ends a connection at once: buffers are discarded, and a child is killed with its session.</summary>
    /// <returns>False where there is no such connection.</returns>
    public bool Abort(long id)
    {
        if (_tally.Find(id) is not { } record)
        {
            return false;
        }

        _logger.AbortedByOperator(id, record.Service);
        _runner.Find(id)?.Abort();
        foreach (var (process, _) in _spawner?.Children.Where(child => child.Job.Record.Id == id) ?? [])
        {
            Reset(record);
            Spawner.Kill(process);
        }

        return true;
    }

    /// <summary>
    /// The daemon has no copy of a child's connection, so the system closes it by its four numbers, and the client sees a reset.
    /// </summary>
    private static void Reset(ConnectionRecord record)
    {
        if (record is { Cookie: { } cookie, Local: IPEndPoint local, Peer: IPEndPoint peer })
        {
            // Without the capability the connection ends with the child, in order if all data was read.
            _ = SocketDiagnosis.Destroy(local, peer, cookie);
        }
    }
}
