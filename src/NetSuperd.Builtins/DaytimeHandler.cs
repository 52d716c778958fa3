using System.Globalization;

namespace NetSuperd.Builtins;

/// <summary>Daytime (RFC 867): one line with date and time of the daemon's time zone, then the end; input is ignored.</summary>
/// <remarks>
/// The RFC fixes no format; <c>settings.format</c> is <c>"bsd"</c> (default, that of asctime(3): <c>Fri Nov 27 08:09:10 2026</c>),
/// <c>"iso"</c> (ISO 8601: <c>2026-11-27T08:09:10+01:00</c>) or <c>"rfc"</c> (RFC 5322, 3.3: <c>Fri, 27 Nov 2026 08:09:10 +0100</c>).
/// </remarks>
[Handler("daytime")]
public sealed class DaytimeHandler(ServiceInfo info) : IStreamHandler, IDatagramHandler
{
    private const int MostBytes = 40;

    private readonly string _format = Read(info.Settings);

    /// <summary>The clock.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <inheritdoc/>
    public void Handle(in Datagram request, IDatagramReply reply)
    {
        Span<byte> line = stackalloc byte[MostBytes];
        reply.Send(line[..Write(line)]);
    }

    /// <inheritdoc/>
    public async Task HandleAsync(StreamConnection connection, CancellationToken stopping)
    {
        var line = new byte[MostBytes];
        await connection.SendAsync(line.AsMemory(0, Write(line)), stopping).ConfigureAwait(false);
    }

    private int Write(Span<byte> line)
    {
        var pattern = _format switch
        {
            "iso" => "yyyy-MM-ddTHH:mm:sszzz",
            "rfc" => "ddd, dd MMM yyyy HH:mm:ss zzz",
            _ => "ddd MMM dd HH:mm:ss yyyy",
        };
        _ = Clock.GetLocalNow().TryFormat(line, out var length, pattern, CultureInfo.InvariantCulture);
        switch (_format)
        {
            case "bsd" when line[8] == '0':
                // asctime(3) has a space where the day has one digit.
                line[8] = (byte)' ';
                break;
            case "rfc":
                // RFC 5322 has no colon in the zone.
                line[(length - 2)..length].CopyTo(line[(length - 3)..]);
                length--;
                break;
        }

        "\r\n"u8.CopyTo(line[length..]);
        return length + 2;
    }

    private static string Read(Settings settings) => settings.GetString("format", "bsd") is "bsd" or "iso" or "rfc"
        ? settings.GetString("format", "bsd")
        : throw settings.Error("format", "'format' must be \"bsd\", \"iso\" or \"rfc\"");
}
