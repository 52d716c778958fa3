using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using NetSuperd.Control;

namespace NetSuperd.Web;

/// <summary>What is at which path.</summary>
internal static class Pages
{
    // A classic script runs before anything is drawn, and is not one of the modules.
    private static readonly string[] Sent = ["icon.svg", "page.css", "theme.js", PageScript.Name];

    private static readonly Dictionary<string, string> Types = new()
    {
        [".css"] = "text/css; charset=utf-8", [".js"] = "text/javascript; charset=utf-8", [".svg"] = "image/svg+xml",
    };

    private static readonly Dictionary<string, RequestDelegate> Shown = new(Files())
    {
        ["/"] = StatusAsync,
        ["/events"] = EventStream.ServeAsync,
        ["/map"] = MapAsync,
        ["/explain"] = ExplainAsync,
        ["/metrics"] = MetricsAsync,
        ["/healthz"] = context => TextAsync(context, StatusCodes.Status200OK, "ok"),
        ["/readyz"] = ReadyAsync,
    };

    /// <summary>Answers a request.</summary>
    public static Task ServeAsync(HttpContext context)
    {
        var (path, method) = (context.Request.Path.Value ?? "/", context.Request.Method);
        var operates = path == "/operate";
        if (!operates && !Shown.ContainsKey(path))
        {
            return TextAsync(context, StatusCodes.Status404NotFound, "nothing is at this path");
        }

        if (operates ? HttpMethods.IsPost(method) : HttpMethods.IsGet(method) || HttpMethods.IsHead(method))
        {
            return operates ? Operation.ServeAsync(context) : Shown[path](context);
        }

        context.Response.Headers.Allow = operates ? "POST" : "GET, HEAD";
        return TextAsync(context, StatusCodes.Status405MethodNotAllowed, $"this path answers {context.Response.Headers.Allow} only");
    }

    /// <summary>Sends an answer as JSON.</summary>
    public static Task SendAsync(HttpContext context, int status, WebAnswer answer)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(context.Response.Body, answer, WebJson.Default.WebAnswer, context.RequestAborted);
    }

    /// <summary>The service of a request.</summary>
    public static T Of<T>(HttpContext context) => (T)context.RequestServices.GetService(typeof(T))!;

    private static Task<ControlAnswer> LookAsync(HttpContext context, ControlCommand question) =>
        Of<Daemon>(context).LookAsync(question, context.RequestAborted);

    private static Dictionary<string, RequestDelegate> Files()
    {
        // The compiler computes it from all of the program, these files included.
        var tag = $"\"{typeof(Pages).Module.ModuleVersionId:N}\"";
        return Sent.ToDictionary(
            name => $"/{name}",
            name => FileOf(
                name == PageScript.Name ? Encoding.UTF8.GetBytes(PageScript.Join(Text)) : Load(name), Types[Path.GetExtension(name)], tag));
    }

    private static RequestDelegate FileOf(byte[] file, string type, string tag) => context => SendFileAsync(context, file, type, tag);

    private static string Text(string name) => Encoding.UTF8.GetString(Load(name));

    private static byte[] Load(string name)
    {
        using var resource = typeof(Pages).Assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }

    private static Task SendFileAsync(HttpContext context, byte[] file, string type, string tag)
    {
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch == tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        context.Response.ContentType = type;
        context.Response.ContentLength = file.Length;
        return context.Response.Body.WriteAsync(file, context.RequestAborted).AsTask();
    }

    private static async Task StatusAsync(HttpContext context)
    {
        var answer = await LookAsync(context, ControlCommand.Status).ConfigureAwait(false);
        await HtmlAsync(context, answer, explained: null, "", "").ConfigureAwait(false);
    }

    private static async Task ExplainAsync(HttpContext context)
    {
        string? peer = context.Request.Query["peer"], socket = context.Request.Query["socket"];
        var answer = string.IsNullOrEmpty(peer) || string.IsNullOrEmpty(socket)
            ? ControlAnswer.Of(ExitStatus.Usage, "netsuperd: name a peer and a socket")
            : await Of<Daemon>(context).AskAsync(
                ControlRequest.Of(ControlCommand.Explain) with { Peer = peer, Socket = socket }, context.RequestAborted)
                .ConfigureAwait(false);
        if (context.Request.GetTypedHeaders().Accept.Any(accept => accept.MediaType == "text/html"))
        {
            var status = await LookAsync(context, ControlCommand.Status).ConfigureAwait(false);
            await HtmlAsync(context, status, answer, peer ?? "", socket ?? "").ConfigureAwait(false);
            return;
        }

        await SendAsync(context, StatusOf(answer), WebAnswer.Of(answer)).ConfigureAwait(false);
    }

    private static async Task MapAsync(HttpContext context)
    {
        var answer = await LookAsync(context, ControlCommand.Map).ConfigureAwait(false);
        await SendAsync(context, StatusOf(answer), WebAnswer.Of(answer)).ConfigureAwait(false);
    }

    private static async Task MetricsAsync(HttpContext context)
    {
        var answer = await LookAsync(context, ControlCommand.Status).ConfigureAwait(false);
        var isOpen = context.Request.GetTypedHeaders().Accept.Any(accept => accept.MediaType == MetricsText.OpenType);
        context.Response.ContentType = isOpen ? MetricsText.OpenContentType : MetricsText.PlainContentType;
        await context.Response.WriteAsync(Metrics.Format(answer.Daemon, isOpen), context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task ReadyAsync(HttpContext context)
    {
        var answer = await LookAsync(context, ControlCommand.Status).ConfigureAwait(false);
        var failed = answer.Daemon?.Services.Where(service => service.State == "failed").Select(service => service.Name).ToList();
        await TextAsync(
            context,
            failed is [] ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
            failed is null ? string.Join('\n', answer.Messages) : failed is [] ? "ready" : $"failed: {string.Join(", ", failed)}")
            .ConfigureAwait(false);
    }

    private static Task TextAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text + "\n", context.RequestAborted);
    }

    private static async Task HtmlAsync(
        HttpContext context, ControlAnswer answer, ControlAnswer? explained, string peer, string socket)
    {
        var listed = answer.Daemon is null ? null
            : await LookAsync(context, ControlCommand.Connections).ConfigureAwait(false);
        context.Response.StatusCode = answer.Daemon is null ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        context.Response.ContentType = "text/html; charset=utf-8";
        var options = Of<WebOptions>(context);
        var trouble = answer.Daemon is null ? string.Join('\n', answer.Messages) : null;
        var page = StatusPage.Render(
            answer.Daemon, Of<TimeProvider>(context).GetUtcNow(), trouble, options.Operates, explained, peer, socket, listed?.Connections);
        await context.Response.WriteAsync(page, context.RequestAborted).ConfigureAwait(false);
    }

    private static int StatusOf(ControlAnswer answer) => answer.Status switch
    {
        ExitStatus.Ok => StatusCodes.Status200OK,
        ExitStatus.Usage => StatusCodes.Status400BadRequest,
        ExitStatus.NoPermission => StatusCodes.Status403Forbidden,
        _ => StatusCodes.Status503ServiceUnavailable,
    };
}
