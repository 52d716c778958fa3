namespace NetSuperd.Top;

/// <summary>An order of rows.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Key">What it compares; null: the order of the daemon.</param>
/// <param name="LargestFirst">Whether the largest stands at the top.</param>
internal sealed record SortOrder<T>(string Name, Func<T, IComparable?>? Key = null, bool LargestFirst = false)
{
    /// <summary>The rows in this order; equal ones keep theirs.</summary>
    public IEnumerable<T> Sort(IEnumerable<T> rows, bool isReversed) =>
        Key is null ? (isReversed ? rows.Reverse() : rows)
        : LargestFirst != isReversed ? rows.OrderByDescending(Key)
        : rows.OrderBy(Key);
}
