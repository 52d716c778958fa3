using System.Globalization;

namespace NetSuperd.Server.Config;

/// <summary>The port numbers of one entry in their one normal form: <c>21,2121</c> or <c>8000-8010,9000</c>, ascending.</summary>
public static class PortNumbers
{
    /// <summary>The text of numbers, however they are ordered.</summary>
    public static string Text(IEnumerable<uint> numbers)
    {
        var ranges = new List<(uint First, uint Last)>();
        foreach (var number in numbers.Distinct().Order())
        {
            if (ranges.Count > 0 && ranges[^1].Last == number - 1)
            {
                ranges[^1] = (ranges[^1].First, number);
            }
            else
            {
                ranges.Add((number, number));
            }
        }

        return string.Join(',', ranges.Select(Text));
    }

    private static string Text((uint First, uint Last) range)
    {
        var (first, last) = (range.First.ToString(CultureInfo.InvariantCulture), range.Last.ToString(CultureInfo.InvariantCulture));
        return range.First == range.Last ? first : range.Last == range.First + 1 ? $"{first},{last}" : $"{first}-{last}";
    }
}
