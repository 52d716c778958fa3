using System.Text.Json;
using System.Text.Json.Serialization;
using NetSuperd.Native;
using NetSuperd.Server.Config;

namespace NetSuperd.Linux.Workers;

/// <summary>The longer messages between the daemon and a worker: their kind, then JSON.</summary>
[JsonSourceGenerationOptions(RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, MaxDepth = 64)]
[JsonSerializable(typeof(HandlerOrder))]
[JsonSerializable(typeof(HandlerReport))]
[JsonSerializable(typeof(DatagramOrder))]
[JsonSerializable(typeof(LogForm))]
[JsonSerializable(typeof(ServerForm))]
[JsonSerializable(typeof(PassForm))]
[JsonSerializable(typeof(HandshakeForm))]
[JsonSerializable(typeof(ValuesForm))]
[JsonSerializable(typeof(TlsForm))]
[JsonSerializable(typeof(long))]
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(string))]
internal sealed partial class WorkerJson : JsonSerializerContext
{
    /// <summary>The bytes of a message; null where it is too long.</summary>
    public static byte[]? Write<T>(MessageKind kind, T content)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(content, typeof(T), Default);
        return json.Length < MessageSocket.MostBytes ? [(byte)kind, .. json] : null;
    }

    /// <summary>Plans with their keys, for a file in memory: they may be longer than a message.</summary>
    public static byte[] BytesOf(TlsForm plans) => JsonSerializer.SerializeToUtf8Bytes(plans, Default.TlsForm);

    /// <summary>Reads such a file.</summary>
    public static TlsForm PlansOf(byte[] content) => JsonSerializer.Deserialize(content, Default.TlsForm)!;

    /// <summary>Reads a message; null where it is malformed, as one of a worker may be.</summary>
    public static T? Read<T>(ReadOnlySpan<byte> message)
        where T : class
    {
        try
        {
            return (T?)JsonSerializer.Deserialize(message[1..], typeof(T), Default);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A handler that a worker is to create.</summary>
/// <param name="Number">Its number in the worker.</param>
/// <param name="Service">The name of its service.</param>
/// <param name="Handler">The name of the handler.</param>
/// <param name="Plugin">The path of the plugin's assembly; null for a built-in.</param>
/// <param name="Settings">Its settings.</param>
internal sealed record HandlerOrder(int Number, string Service, string Handler, string? Plugin, SettingForm Settings)
{
    /// <summary>Where connections are forwarded; null: the handler serves them.</summary>
    public ForwardForm? Forward { get; init; }

    /// <summary>Whether something is encrypted: the <see cref="TlsForm"/> comes with the message, as a file in memory.</summary>
    public bool HasTls { get; init; }

    /// <summary>Whether the plain bytes go to a child of the daemon, whose end of the connection comes with each client.</summary>
    public bool IsForChildren { get; init; }

    /// <summary>The outcome where it could not be carried out.</summary>
    public HandlerReport Failed(string reason) =>
        new(Number, [new ProblemForm(null, $"the handler '{Handler}' cannot serve in a worker: {reason}")]);
}

/// <summary>What a worker encrypts for a service.</summary>
/// <param name="Clients">How the connections of its clients are encrypted; null: not at all.</param>
/// <param name="Targets">Likewise those to the targets of a forward.</param>
internal sealed record TlsForm(TlsPlan? Clients, TlsToPlan? Targets)
{
    /// <summary>The form of a service; null: nothing is encrypted.</summary>
    public static TlsForm? Of(Service service) =>
        service is { Tls: null, Forward: null or { TlsTo: null } } ? null : new TlsForm(service.Tls, service.Forward?.TlsTo);
}

/// <summary>The outcome of a <see cref="HandlerOrder"/>.</summary>
/// <param name="Number">The number of the handler.</param>
/// <param name="Problems">What is wrong; none: the handler is created.</param>
internal sealed record HandlerReport(int Number, IReadOnlyList<ProblemForm> Problems)
{
    /// <summary>The services to which it passes connections.</summary>
    public IReadOnlyList<string> PassesTo { get; init; } = [];

    /// <summary>The services whose state it shows, as far as it has named them.</summary>
    public IReadOnlyList<string> Shows { get; init; } = [];

    /// <summary>Whether it shows what the server serves.</summary>
    public bool ShowsServer { get; init; }
}

/// <summary>A socket whose datagrams a worker is to serve.</summary>
/// <param name="Number">The number of the handler.</param>
/// <param name="Address">The address of the socket, in the kernel's format.</param>
internal sealed record DatagramOrder(int Number, byte[] Address);

/// <summary>A problem of a handler.</summary>
/// <param name="At">The value of the settings; null: the handler as a whole.</param>
/// <param name="Message">What is wrong.</param>
internal sealed record ProblemForm(SettingPosition? At, string Message);

/// <summary>A part of what the handlers of a worker see of the server.</summary>
/// <param name="IsFirst">Whether it is the first part.</param>
/// <param name="IsLast">Whether it is the last part: all of it is seen from then on.</param>
/// <param name="Open">The services to which connections can be passed.</param>
/// <param name="Sockets">Sockets of the map in force.</param>
/// <param name="Services">Services of the map in force.</param>
internal sealed record ServerForm(
    bool IsFirst, bool IsLast, IReadOnlyList<string> Open, IReadOnlyList<ServedSocket> Sockets, IReadOnlyList<ServedService> Services);

/// <summary>A connection that is encrypted now.</summary>
/// <param name="Id">The number of the connection.</param>
/// <param name="Session">What the handshake has agreed on.</param>
internal sealed record HandshakeForm(long Id, TlsSession Session);

/// <summary>What a PROXY header says of a connection that is to be forwarded.</summary>
/// <param name="Id">The number of the connection.</param>
/// <param name="Values">The values behind the addresses that a target gets too.</param>
internal sealed record ValuesForm(long Id, byte[] Values);

/// <summary>A connection that a handler of a worker passes to a service.</summary>
/// <param name="Id">The number of the connection.</param>
/// <param name="Received">The bytes that it has received.</param>
/// <param name="Sent">The bytes that it has sent.</param>
/// <param name="Service">The name of the service.</param>
/// <param name="Greeting">What an admitted client gets before the service begins.</param>
/// <param name="Refusal">The line for a refused client; null: the service's own.</param>
internal sealed record PassForm(long Id, long Received, long Sent, string Service, byte[] Greeting, string? Refusal);

/// <summary>An event of the log of a worker.</summary>
/// <param name="Service">The service of the handler; empty: it is about the process.</param>
/// <param name="ConnectionId">The connection in whose call it was logged; null: none.</param>
/// <param name="Level">The level, a number of <see cref="Microsoft.Extensions.Logging.LogLevel"/>.</param>
/// <param name="IsOwn">Whether it is an event of the program itself, and not of a handler.</param>
/// <param name="Id">The number of the event.</param>
/// <param name="Name">Its name; null: none.</param>
/// <param name="Message">Its text.</param>
/// <param name="Values">
/// The values that the text has by name: numbers, truths and texts; and the template of the text as <c>{OriginalFormat}</c>.
/// </param>
/// <param name="Exception">The text of an exception; null: none.</param>
internal sealed record LogForm(
    string Service, long? ConnectionId, int Level, bool IsOwn, int Id, string? Name, string Message,
    IReadOnlyDictionary<string, object?> Values, string? Exception);
