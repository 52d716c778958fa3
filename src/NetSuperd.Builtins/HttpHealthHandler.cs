using System.Globalization;
using System.Net;
using System.Text;

namespace NetSuperd.Builtins;

/// <summary>
/// Answers GET and HEAD over HTTP/1.x, for load balancers and Kubernetes probes: 200 where all services of <c>settings.services</c> serve,
/// else 503, with a line <c>NAME: STATE</c> for each that does not. One request for each connection.
/// </summary>
/// <remarks>
/// Every path has the same answer: a probe with a wrong path must not be told that all is well, or that nothing is. The answer has nothing
/// of the request in it. <c>settings.timeout</c>, 10 s by default, is the time for the request and its answer.
/// </remarks>
[Handler(Name)]
public sealed class HttpHealthHandler : IStreamHandler
{
    /// <summary>Its name.</summary>
    internal const string Name = "http-health";

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LeastTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(1);

    private readonly ShownServices _services;
    private readonly TimeSpan _timeout;

    /// <summary>Reads the settings.</summary>
    /// <exception cref="SettingsException">
    /// The list of services is empty, or has one twice; or the time is too short or too long.
    /// </exception>
    public HttpHealthHandler(ServiceInfo info, IServerView view)
    {
        _services = new ShownServices(info.Settings, view);
        _timeout = info.Settings.GetDuration("timeout", DefaultTimeout);
        if (_timeout < LeastTimeout || _timeout > LongestTimeout)
        {
            throw info.Settings.Error("timeout", "'timeout' must be from 1s to 1h");
        }
    }

    /// <summary>The clock.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <inheritdoc/>
    public async Task HandleAsync(StreamConnection connection, CancellationToken stopping)
    {
        using var late = new CancellationTokenSource(_timeout, Clock);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stopping);
        try
        {
            if (await ReadAsync(connection, over.Token, late.Token).ConfigureAwait(false) is { } request)
            {
                await connection.SendAsync(Answer(request), late.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            return;
        }
    }

    /// <summary>Receives the head of a request.</summary>
    /// <returns>Null where the client has sent nothing.</returns>
    private static async ValueTask<HealthRequest?> ReadAsync(StreamConnection connection, CancellationToken over, CancellationToken late)
    {
        await connection.WaitForDataAsync(over).ConfigureAwait(false);
        var head = new byte[HealthRequest.MostBytes];
        for (var filled = 0; ;)
        {
            var received = await connection.ReceiveAsync(head.AsMemory(filled), late).ConfigureAwait(false);
            filled += received;
            if (received == 0)
            {
                return filled == 0 ? null : HealthRequest.Malformed;
            }

            if (HealthRequest.Read(head.AsSpan(0, filled)) is { } request)
            {
                return request;
            }

            await connection.WaitForDataAsync(over).ConfigureAwait(false);
        }
    }

    private byte[] Answer(HealthRequest request)
    {
        var absent = request.Status == HttpStatusCode.OK
            ? _services.Now().Where(service => service.State != ShownServices.Serving).ToList()
            : [];
        var (status, body) = absent is not [] ? (HttpStatusCode.ServiceUnavailable, string.Concat(absent.Select(Line)))
            : request.Status == HttpStatusCode.OK ? (request.Status, "ok\n")
            : (request.Status, "");
        var allow = status == HttpStatusCode.MethodNotAllowed ? "Allow: GET, HEAD\r\n" : "";
        var answer = string.Create(CultureInfo.InvariantCulture, $"""
            HTTP/1.1 {(int)status} {ReasonOf(status)}
            Date: {Clock.GetUtcNow():R}
            Content-Type: text/plain
            Content-Length: {body.Length}
            Cache-Control: no-store
            {allow}Connection: close


            """);
        return Encoding.ASCII.GetBytes(answer.ReplaceLineEndings("\r\n") + (request.IsHead ? "" : body));
    }

    private static string Line(ServedService service) => $"{service.Name}: {service.State}\n";

    private static string ReasonOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.OK => "OK",
        HttpStatusCode.ServiceUnavailable => "Service Unavailable",
        HttpStatusCode.MethodNotAllowed => "Method Not Allowed",
        HttpStatusCode.RequestHeaderFieldsTooLarge => "Request Header Fields Too Large",
        _ => "Bad Request",
    };
}
