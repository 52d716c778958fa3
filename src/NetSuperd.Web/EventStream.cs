using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace NetSuperd.Web;

/// <summary>The stream of events for a browser (server-sent events; WHATWG HTML, 9.2).</summary>
internal static class EventStream
{
    private const string Type = "text/event-stream";
    private const int MostAtOnce = 32 * 1024;

    // From here on a browser is as good as gone.
    private static readonly TimeSpan EventTime = TimeSpan.FromSeconds(30);

    /// <summary>Sends events until the browser or this process ends.</summary>
    public static async Task ServeAsync(HttpContext context)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.ContentType = Type;
            return;
        }

        var watch = Pages.Of<Watch>(context);
        if (watch.Add(context.Connection.RemoteIpAddress, context.Request.Query["connections"] == "1") is not { } reader)
        {
            context.Response.Headers.RetryAfter = "30";
            var reason = $"as many pages are watched as may be ({Watch.MostReaders}, {Watch.MostOfAnAddress} from one address); close one";
            await Pages.SendAsync(context, StatusCodes.Status503ServiceUnavailable, WebAnswer.Of(ExitStatus.Unavailable, reason))
                .ConfigureAwait(false);
            return;
        }

        try
        {
            context.Features.Get<IHttpResponseBodyFeature>()!.DisableBuffering();
            context.Response.ContentType = Type;
            await foreach (var text in reader.Events.ReadAllAsync(context.RequestAborted).ConfigureAwait(false))
            {
                await SendAsync(context, text).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The browser has gone, or takes too little: what has been written for it is given up as well.
            context.Abort();
        }
        finally
        {
            watch.Remove(reader);
        }
    }

    /// <summary>Sends an event part by part, since the server copies what it is given and the connection does not take at once.</summary>
    private static async Task SendAsync(HttpContext context, ReadOnlyMemory<byte> text)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(EventTime);
        for (; !text.IsEmpty; text = text[Math.Min(text.Length, MostAtOnce)..])
        {
            await context.Response.Body.WriteAsync(text[..Math.Min(text.Length, MostAtOnce)], limit.Token).ConfigureAwait(false);
        }

        await context.Response.Body.FlushAsync(limit.Token).ConfigureAwait(false);
    }
}
