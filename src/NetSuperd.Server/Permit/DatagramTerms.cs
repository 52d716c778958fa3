using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Permit;

/// <summary>What a map says of the datagrams of a service that a handler serves.</summary>
/// <param name="Terms">What it says of all who come.</param>
/// <param name="SourcePace">Its <c>rate_per_source</c>; null: without limit.</param>
/// <param name="Budget">Its <c>bytes_per_source</c>; null: without limit.</param>
/// <param name="SparesLocalPace">Whether the rate does not hold for peers on this host.</param>
/// <param name="SparesLocalBudget">Whether the budget does not hold for them.</param>
/// <param name="OwnPorts">The ports on which this daemon takes datagrams.</param>
/// <param name="IsBuiltin">Whether a built-in answers; only a plugin knows whom it answers.</param>
internal sealed record DatagramTerms(
    Terms Terms, Pace? SourcePace, Pace? Budget, bool SparesLocalPace, bool SparesLocalBudget, IReadOnlySet<int> OwnPorts, bool IsBuiltin)
{
    /// <summary>The terms of a service.</summary>
    /// <param name="terms">What the map says of all who come.</param>
    /// <param name="ownPorts">The ports on which this daemon takes datagrams.</param>
    /// <param name="isBuiltin">Whether the handler is a built-in.</param>
    /// <param name="time">The clock.</param>
    public static DatagramTerms Of(Terms terms, IReadOnlySet<int> ownPorts, bool isBuiltin, TimeProvider time)
    {
        var (says, saysBytes) = (terms.Admission.Says("rate_per_source"), terms.Admission.Says("bytes_per_source"));
        return new DatagramTerms(
            terms,
            says || !isBuiltin ? terms.SourcePace : Pace.Of(AdmissionKeys.DatagramRatePerSource, time),
            (saysBytes || isBuiltin) && terms.Admission.BytesPerSource is { } budget ? Pace.Of(budget, time) : null,
            !says,
            !saysBytes,
            ownPorts,
            isBuiltin);
    }
}
