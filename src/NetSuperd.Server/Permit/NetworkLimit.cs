namespace NetSuperd.Server.Permit;

/// <summary>How many connections one network may have, as far as the map names it.</summary>
/// <param name="Said">The number of <c>max_per_network</c>; null: the map names none, and the default ceiling holds.</param>
/// <param name="Least">
/// The number of <c>max_per_source</c> that the map names, which the default ceiling does not undercut: one source may have as many; 0:
/// none is named.
/// </param>
internal readonly record struct NetworkLimit(int? Said, int Least)
{
    /// <summary>The ceiling of a network; null where there is none.</summary>
    /// <param name="most">All connections; null: without limit.</param>
    /// <param name="free">The connections that are free when the network has one more.</param>
    public int? Ceiling(int? most, int free) => Said ?? (most is { } all ? Default(all, free) : null);

    /// <summary>The ceiling of an IPv6 /56, half of that of its /48, but no less than one source of it may have.</summary>
    /// <inheritdoc cref="Ceiling"/>
    public int? OfNarrow(int? most, int free) =>
        Ceiling(most, free) is not { } ceiling ? null : Math.Max(Half(ceiling), Math.Min(Least, ceiling));

    private int Default(int all, int free)
    {
        var half = Half(all);
        return Math.Max(Math.Max(1, LeastOf(all)), (long)free * 4 < all ? Math.Min(half, free) : half);
    }

    private int LeastOf(int all) => Math.Min(Least, all);

    private static int Half(int count) => (count + 1) / 2;
}
