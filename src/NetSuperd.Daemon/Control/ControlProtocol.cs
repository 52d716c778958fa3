using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace NetSuperd.Control;

/// <summary>Requests and answers as the bytes of a line, and the limits that both sides keep.</summary>
internal static class ControlProtocol
{
    public const int Version = 1;

    // What a client sends comes back in the message.
    private const int MostNameLength = 40;
    private const string Example = "{\"v\":1,\"command\":\"status\"}";

    private const string TokenMember = "token";

    private static readonly string[] CommonMembers = ["v", "command"];
    private static readonly IList<JsonPropertyInfo> RequestMembers = ControlJson.Default.ControlRequest.Properties;

    /// <summary>The most bytes of a request, its line end included.</summary>
    public const int MostRequestBytes = 64 * 1024;

    /// <summary>The most bytes of an answer, its line end included.</summary>
    public const int MostAnswerBytes = 64 * 1024 * 1024;

    /// <summary>How long a client has for its request, from the moment it is accepted.</summary>
    public static readonly TimeSpan RequestTime = TimeSpan.FromSeconds(5);

    /// <summary>How long a client has to take its answer.</summary>
    public static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(10);

    /// <summary>How long a client waits for the answer that its token is wrong.</summary>
    public static readonly TimeSpan GuessTime = TimeSpan.FromSeconds(1);

    /// <summary>How long a reader of events has to take the last ones when the daemon stops.</summary>
    public static readonly TimeSpan LastEventTime = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Loads the libraries that a line needs. At the first line it may be too late: they cannot be loaded without a free descriptor, and a
    /// type that failed at its first use fails for ever.
    /// </summary>
    public static void Prepare() => _ = ReadRequest(Write(ControlRequest.Of(ControlCommand.Status)));

    /// <summary>The line of a request.</summary>
    public static byte[] Write(ControlRequest request) => Line(request, ControlJson.Default.ControlRequest);

    /// <summary>The line of an answer.</summary>
    public static byte[] Write(ControlAnswer answer) => Line(answer, ControlJson.Default.ControlAnswer);

    /// <summary>A daemon's answer to a command that its version does not have.</summary>
    public static string NoCommand(string word) => $"there is no command '{word}'";

    /// <summary>The value of a member of a request; null: it has none.</summary>
    public static object? ValueOf(ControlRequest request, string member) =>
        RequestMembers.Single(known => known.Name == member).Get!(request);

    /// <summary>The line that <c>--json</c> prints: the version, then the members of a non-empty object.</summary>
    public static string Document<T>(T value, JsonTypeInfo<T> type) =>
        $"{{\"v\":{Version},{Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(value, type).AsSpan(1))}\n";

    /// <summary>Reads the line of a request.</summary>
    /// <returns>The request, or what is wrong with it.</returns>
    public static (ControlRequest? Request, string? Problem) ReadRequest(ReadOnlySpan<byte> line)
    {
        if (Read(line, ControlJson.Default.ControlRequest, out var problem) is not { } request)
        {
            return (null, $"{Mistake(line) ?? problem}; a request is one line such as {Example}");
        }

        var complaint = request.Version != Version
            ? $"this daemon speaks version {Version} of the protocol, not {request.Version}"
            : NullMember(line) is { } name ? $"the member '{name}' is null; leave it out, or give it a value"
            : Complaint(request);
        return complaint is null ? (request, null) : (null, complaint);
    }

    /// <summary>Reads the line of an answer.</summary>
    /// <returns>The answer, or what is wrong with it.</returns>
    public static (ControlAnswer? Answer, string? Problem) ReadAnswer(ReadOnlySpan<byte> line) =>
        Read(line, ControlJson.Default.ControlAnswer, out var problem) is not { } answer ? (null, problem)
        : answer.Version != Version
            ? (null, $"the daemon speaks version {answer.Version} of the protocol, and this program version {Version}")
        : (answer, null);

    /// <summary>The first member without a value: it is not the same as no member, which may stand for the whole daemon.</summary>
    private static string? NullMember(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        using var document = JsonDocument.ParseValue(ref reader);
        return document.RootElement.EnumerateObject().Where(member => member.Value.ValueKind == JsonValueKind.Null)
            .Select(member => member.Name)
            .FirstOrDefault();
    }

    /// <summary>What is wrong with a malformed request, where that can be told.</summary>
    private static string? Mistake(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            using var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return "the line is JSON, but not an object";
            }

            var names = document.RootElement.EnumerateObject().Select(member => member.Name).ToList();
            return names.FirstOrDefault(name => !RequestMembers.Any(member => member.Name == name)) is { } stray
                    ? $"there is no member '{stray[..Math.Min(stray.Length, MostNameLength)]}'"
                : CommonMembers.FirstOrDefault(name => !names.Contains(name)) is { } missing ? $"the member '{missing}' is missing"
                : null;
        }
        catch (JsonException failure)
        {
            return $"the line is no JSON, at byte {failure.BytePositionInLine ?? 0}";
        }
        catch (InvalidOperationException)
        {
            return "the line is not UTF-8";
        }
    }

    private static string? Complaint(ControlRequest request) => ControlCommand.Find(request.Command) is { } command
        ? command.Complaint([
            .. RequestMembers.Where(member => member.Get!(request) is not null).Select(member => member.Name)
                .Except(CommonMembers).Except(command.IsForToken ? [TokenMember] : [])])
            ?? command.Check(request)
        : NoCommand(request.Command);

    /// <summary>An object as a line.</summary>
    public static byte[] Line<T>(T value, JsonTypeInfo<T> type)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(value, type);
        Array.Resize(ref line, line.Length + 1);
        line[^1] = (byte)'\n';
        return line;
    }

    private static T? Read<T>(ReadOnlySpan<byte> line, JsonTypeInfo<T> type, out string? problem)
        where T : class
    {
        try
        {
            problem = "'null' is not an object";
            return JsonSerializer.Deserialize(line, type);
        }
        catch (JsonException failure)
        {
            // The library's message would name internal types of this program.
            problem = $"a value is not of its type, at byte {failure.BytePositionInLine ?? 0} ({failure.Path ?? "$"})";
            return null;
        }
    }
}
