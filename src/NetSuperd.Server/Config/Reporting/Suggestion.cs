namespace NetSuperd.Server.Config.Reporting;

/// <summary>What the author of a map may have meant.</summary>
public static class Suggestion
{
    private const int MostEdits = 2;

    /// <summary><c>; did you mean 'user'?</c> for the nearest of the words, empty where none is near.</summary>
    public static string For(string word, IEnumerable<string> words)
    {
        // With more than half of its letters changed, it is another word.
        var edits = Math.Min(MostEdits, (word.Length - 1) / 2);
        string? nearest = null;
        foreach (var candidate in words)
        {
            if (Math.Abs(candidate.Length - word.Length) <= edits && Distance(word, candidate) is var distance && distance <= edits)
            {
                nearest = candidate;
                edits = distance - 1;
            }
        }

        return nearest is null ? "" : $"; did you mean '{nearest}'?";
    }

    /// <summary>
    /// Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other (Damerau-Levenshtein).
    /// </summary>
    internal static int Distance(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        // The common beginning and end need not be compared; they are most of names that differ in a number.
        var same = left.CommonPrefixLength(right);
        left = left[same..];
        right = right[same..];
        while (left.Length > 0 && right.Length > 0 && left[^1] == right[^1])
        {
            left = left[..^1];
            right = right[..^1];
        }

        if (left.IsEmpty || right.IsEmpty)
        {
            return left.Length + right.Length;
        }

        return DistanceOfRest(left, right);
    }

    private static int DistanceOfRest(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        var (before, last, row) = (new int[right.Length + 1], new int[right.Length + 1], new int[right.Length + 1]);
        for (var j = 0; j <= right.Length; j++)
        {
            last[j] = j;
        }

        for (var i = 1; i <= left.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var same = left[i - 1] == right[j - 1];
                row[j] = Math.Min(Math.Min(last[j] + 1, row[j - 1] + 1), last[j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                }
            }

            (before, last, row) = (last, row, before);
        }

        return last[right.Length];
    }
}
