using System.Net;
using Microsoft.AspNetCore.Connections;

namespace NetSuperd.Web;

/// <summary>Keeps one address from taking all connections of the page.</summary>
/// <param name="most">The most connections of one address.</param>
internal sealed class SourceLimit(int most)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _counts = [];

    /// <summary>The next step, for connections within the limit; others are closed at once.</summary>
    public ConnectionDelegate Limit(ConnectionDelegate next) => async connection =>
    {
        var source = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        if (!Enter(source))
        {
            connection.Abort();
            return;
        }

        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            Leave(source);
        }
    };

    private bool Enter(IPAddress source)
    {
        lock (_lock)
        {
            var count = _counts.GetValueOrDefault(source);
            if (count < most)
            {
                _counts[source] = count + 1;
            }

            return count < most;
        }
    }

    private void Leave(IPAddress source)
    {
        lock (_lock)
        {
            if (--_counts[source] == 0)
            {
                _counts.Remove(source);
            }
        }
    }
}
