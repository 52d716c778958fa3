using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace NetSuperd.Web;

/// <summary>The stream of events for a browser (server-sent events; WHATWG HTML, 9.2).</summary>
internal static class EventStream
{
    /// <summary>Sends events until the browser or this process ends.</summary>
    public static async Task ServeAsync(HttpContext context)
    {
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
            context.Response.ContentType = "text/event-stream";
            await foreach (var text in reader.Events.ReadAllAsync(context.RequestAborted).ConfigureAwait(false))
            {
                await context.Response.Body.WriteAsync(text, context.RequestAborted).ConfigureAwait(false);
                await context.Response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The browser has gone, or takes nothing.
        }
        finally
        {
            watch.Remove(reader);
        }
    }
}
