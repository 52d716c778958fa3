using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace NetSuperd.Web;

/// <summary>A connection of the page, with the time since which it has no request.</summary>
internal sealed class PageClient
{
    private const long Busy = long.MaxValue;

    private long _idleSince = Stopwatch.GetTimestamp();

    /// <summary>Notes the requests of a connection from now on.</summary>
    public PageClient(ConnectionContext connection)
    {
        Connection = connection;
        Source = NetSuperd.Web.Source.Of((connection.RemoteEndPoint as IPEndPoint)?.Address);
        connection.Items[typeof(PageClient)] = this;
    }

    /// <summary>The connection.</summary>
    public ConnectionContext Connection { get; }

    /// <summary>Where it comes from.</summary>
    public IPAddress Source { get; }

    /// <summary>The timestamp since which it is idle; the largest one where a request is being answered.</summary>
    public long IdleSince => Volatile.Read(ref _idleSince);

    /// <summary>Whether no request is being answered.</summary>
    public bool IsIdle => IdleSince != Busy;

    /// <summary>Answers a request, during which its connection is not idle.</summary>
    public static async Task PassAsync(HttpContext context, RequestDelegate next)
    {
        var client = (PageClient)context.Features.Get<IConnectionItemsFeature>()!.Items[typeof(PageClient)]!;
        Volatile.Write(ref client._idleSince, Busy);
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref client._idleSince, Stopwatch.GetTimestamp());
        }
    }
}
