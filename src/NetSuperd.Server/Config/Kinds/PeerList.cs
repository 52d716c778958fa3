using System.Collections.Immutable;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>The peers of <c>allow</c> or <c>deny</c>.</summary>
/// <param name="Rules">The peers; null: every peer.</param>
internal sealed record PeerList(ImmutableArray<PeerRule>? Rules);
