using System.Text.Json.Serialization;
using NetSuperd.Server;

namespace NetSuperd.Hosting;

/// <summary>The JSON of what a daemon tells its successor, in the form of the control protocol.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    MaxDepth = 8)]
[JsonSerializable(typeof(Handover))]
[JsonSerializable(typeof(HandoverFile))]
internal sealed partial class HandoverJson : JsonSerializerContext;
