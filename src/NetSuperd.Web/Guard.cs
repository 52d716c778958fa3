using System.Net;
using Microsoft.AspNetCore.Http;

namespace NetSuperd.Web;

/// <summary>
/// Turns away what no page of this process has asked for, and gives every answer the headers that keep browsers from more than it needs.
/// </summary>
/// <remarks>
/// A name that leads to this address (DNS rebinding) is none of its own names, and a page of another origin sends an Origin of its own
/// (Fetch standard, 3.2; RFC 6454, 7).
/// </remarks>
/// <param name="options">The names of the page.</param>
internal sealed class Guard(WebOptions options)
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Passes a request on, or answers it.</summary>
    public Task PassAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
        var request = context.Request;
        return !IsOwn(request.Host) ? RefuseAsync(context, StatusCodes.Status421MisdirectedRequest,
                $"no page is at this name; start netsuperd web with --host {Named(request.Host)} if it should be")
            : IsForeign(request) ? RefuseAsync(context, StatusCodes.Status403Forbidden, "another page has sent this request")
            : next(context);
    }

    private static Task RefuseAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(reason + "\n");
    }

    private bool IsOwn(HostString host)
    {
        if (options.Hosts.Contains(host.Host, StringComparer.OrdinalIgnoreCase))
        {
            return true;
        }

        // An address cannot be rebound. On every address the page is at each of them.
        var isLoopback = host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase);
        return (isLoopback && IPAddress.IsLoopback(options.Listen.Address)) || IPAddress.TryParse(host.Host.Trim('[', ']'), out _);
    }

    /// <summary>Whether a page of another origin has sent it: only a browser tells, and every browser does.</summary>
    private static bool IsForeign(HttpRequest request)
    {
        string? site = request.Headers["Sec-Fetch-Site"], mode = request.Headers["Sec-Fetch-Mode"], origin = request.Headers.Origin;
        var isVisit = HttpMethods.IsGet(request.Method) && mode == "navigate";
        return (site is "cross-site" or "same-site" && !isVisit)
            || (origin is not null && !(Uri.TryCreate(origin, UriKind.Absolute, out var from) && from.Authority == request.Host.Value));
    }

    private static string Named(HostString host) =>
        Uri.CheckHostName(host.Host) == UriHostNameType.Dns && host.Host.Length < 100 ? host.Host : "NAME";
}
