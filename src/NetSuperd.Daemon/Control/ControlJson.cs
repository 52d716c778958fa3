using System.Text.Json.Serialization;

namespace NetSuperd.Control;

/// <summary>The JSON of the protocol and of <c>--json</c>: lower-case names, and nothing that two parsers could read differently.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    MaxDepth = 8)]
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(ControlAnswer))]
[JsonSerializable(typeof(ConnectionList))]
[JsonSerializable(typeof(EventLine))]
[JsonSerializable(typeof(ExplainedPeer))]
internal sealed partial class ControlJson : JsonSerializerContext;
