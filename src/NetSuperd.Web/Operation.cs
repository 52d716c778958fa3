using System.Text.Json;
using Microsoft.AspNetCore.Http;
using NetSuperd.Control;

namespace NetSuperd.Web;

/// <summary>
/// What an operator asks the page to do. The page has no right of its own: the daemon verifies the token, which comes with each request
/// and is kept nowhere here.
/// </summary>
internal static class Operation
{
    private const string Scheme = "Bearer ";

    /// <summary>Passes the order on to the daemon.</summary>
    public static async Task ServeAsync(HttpContext context)
    {
        if (!Pages.Of<WebOptions>(context).Operates)
        {
            await RefuseAsync(
                context, StatusCodes.Status403Forbidden, "this page only shows; netsuperd web --operate starts one that operates")
                .ConfigureAwait(false);
            return;
        }

        string? authorization = context.Request.Headers.Authorization;
        if (authorization?.StartsWith(Scheme, StringComparison.Ordinal) != true || authorization.Length == Scheme.Length)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await RefuseAsync(context, StatusCodes.Status401Unauthorized, "the token of an operator is missing").ConfigureAwait(false);
            return;
        }

        if (await ReadAsync(context).ConfigureAwait(false) is not { } order || ControlCommand.Find(order.Command) is not { } command)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "the request is malformed").ConfigureAwait(false);
            return;
        }

        var request = ControlRequest.Of(command) with
        {
            Id = order.Id,
            Service = order.Service,
            Peer = order.Peer,
            State = order.State,
            Idle = order.Idle,
            DryRun = order.DryRun,
            Token = authorization[Scheme.Length..],
        };
        var answer = await Pages.Of<Daemon>(context).AskAsync(request, context.RequestAborted).ConfigureAwait(false);
        var status = answer.Status == ExitStatus.NoPermission ? StatusCodes.Status401Unauthorized : StatusCodes.Status200OK;
        await Pages.SendAsync(context, status, WebAnswer.Of(answer)).ConfigureAwait(false);
    }

    private static Task RefuseAsync(HttpContext context, int status, string reason) =>
        Pages.SendAsync(context, status, WebAnswer.Of(ExitStatus.NoPermission, reason));

    private static async Task<Order?> ReadAsync(HttpContext context)
    {
        // A form of another page cannot have this type.
        if (!context.Request.HasJsonContentType())
        {
            return null;
        }

        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, WebJson.Default.Order, context.RequestAborted)
                .ConfigureAwait(false);
        }
        catch (Exception malformed) when (malformed is JsonException or BadHttpRequestException)
        {
            return null;
        }
    }
}
