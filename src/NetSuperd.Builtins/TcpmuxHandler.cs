using System.Text;

namespace NetSuperd.Builtins;

/// <summary>
/// The TCP port service multiplexer (RFC 1078): the client sends a line with the name of a service, and is connected to that service after
/// a line that begins with <c>+</c>; or a line that begins with <c>-</c> ends the connection. The name <c>help</c> lists the services.
/// </summary>
/// <remarks>
/// <c>settings.services</c> lists the services that can be reached, and no other is. A service sends the line with <c>+</c> itself; where
/// <c>+</c> stands before its name, the daemon sends the line. <c>settings.timeout</c>, 60 s by default, is the time for the name.
/// <para>The name is received byte by byte: what the client sends after it belongs to the service.</para>
/// </remarks>
[Handler("tcpmux")]
public sealed class TcpmuxHandler : IStreamHandler
{
    private const string Help = "help";

    // RFC 1078 has no limit; this one is that of the BSDs (MAX_SERV_LEN), with the end of the line.
    private const int MostLineBytes = 256 + 2;

    private const string NotAvailable = "-Service not available";
    private static readonly byte[] Go = "+Go\r\n"u8.ToArray();

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LeastTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(1);

    // RFC 1078: "The service name is never case sensitive."
    private readonly Dictionary<string, Entry> _services = new(StringComparer.OrdinalIgnoreCase);
    private readonly IServiceSwitch _switch;
    private readonly byte[] _help;
    private readonly TimeSpan _timeout;

    /// <summary>Reads the settings.</summary>
    /// <exception cref="SettingsException">
    /// No service, one that is listed twice or has the name <c>help</c>, or a time that is too short or too long.
    /// </exception>
    public TcpmuxHandler(ServiceInfo info, IServiceSwitch services)
    {
        var settings = info.Settings;
        _switch = services;
        foreach (var item in settings.GetStrings("services"))
        {
            var entry = item.StartsWith('+') ? new Entry(item[1..], Greets: true) : new Entry(item, Greets: false);
            settings.NameService("services", entry.Service);
            if (string.Equals(entry.Service, Help, StringComparison.OrdinalIgnoreCase))
            {
                throw settings.Error("services", "'help' is the request for the list (RFC 1078), so no client could reach that service");
            }

            if (!_services.TryAdd(entry.Service, entry))
            {
                throw settings.Error(
                    "services", $"'services' lists '{entry.Service}' twice; upper and lower case are the same in a request");
            }
        }

        if (_services.Count == 0)
        {
            throw settings.Error("services", "'services' must list the services that can be reached, such as [\"a\", \"+b\"]");
        }

        _help = Encoding.ASCII.GetBytes(string.Concat(_services.Keys.Select(name => $"{name}\r\n")));
        _timeout = settings.GetDuration("timeout", DefaultTimeout);
        if (_timeout < LeastTimeout || _timeout > LongestTimeout)
        {
            throw settings.Error("timeout", "'timeout' must be from 1s to 1h");
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
            if (await ReadNameAsync(connection, over.Token, late.Token).ConfigureAwait(false) is not { } name)
            {
                return;
            }

            if (string.Equals(name, Help, StringComparison.OrdinalIgnoreCase))
            {
                await connection.SendAsync(_help, late.Token).ConfigureAwait(false);
            }
            else if (!_services.TryGetValue(name, out var entry)
                || !_switch.Pass(connection, entry.Service, entry.Greets ? Go : default, NotAvailable))
            {
                await connection.SendAsync(Encoding.ASCII.GetBytes(NotAvailable + "\r\n"), late.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            return;
        }
    }

    /// <summary>Receives a line.</summary>
    /// <returns>The name in it; empty where the line is too long, null where the client has ended before the end of the line.</returns>
    private static async ValueTask<string?> ReadNameAsync(StreamConnection connection, CancellationToken over, CancellationToken late)
    {
        var line = new byte[MostLineBytes];
        for (var length = 0; length < line.Length; length++)
        {
            await connection.WaitForDataAsync(over).ConfigureAwait(false);
            if (await connection.ReceiveAsync(line.AsMemory(length, 1), late).ConfigureAwait(false) == 0)
            {
                return null;
            }

            if (line[length] == '\n')
            {
                return Encoding.Latin1.GetString(line, 0, length > 0 && line[length - 1] == '\r' ? length - 1 : length);
            }
        }

        return "";
    }

    private sealed record Entry(string Service, bool Greets);
}
