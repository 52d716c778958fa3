using CsCheck;

namespace NetSuperd.Abstractions.Tests;

public sealed class QuantityTests
{
    private static readonly long[] Units = [1, 1000, 1024, 60_000, 86_400_000, 1L << 30];

    // Spread over all magnitudes and not only near the largest.
    private static readonly Gen<long> Any =
        Gen.Select(Gen.Long[0, long.MaxValue], Gen.Int[0, 62], Gen.Int[0, Units.Length - 1], (value, shift, unit) =>
            (value >> shift) is var small && small <= long.MaxValue / Units[unit] ? small * Units[unit] : small);

    [Fact]
    public void Format_ASize_IsParsedToTheSameAndHasNoShorterForm() => Any.Sample(bytes =>
    {
        var text = Quantity.Format(bytes);

        Assert.True(Quantity.TryParseSize(text, out var parsed), text);
        Assert.Equal(bytes, parsed);
        Assert.True(text.Length <= $"{bytes}B".Length, text);
    });

    [Fact]
    public void Format_ADuration_IsParsedToTheSame() =>
        Any.Where(value => value <= (long)TimeSpan.MaxValue.TotalMilliseconds).Sample(milliseconds =>
    {
        var duration = TimeSpan.FromMilliseconds(milliseconds);

        Assert.True(Quantity.TryParseDuration(Quantity.Format(duration), out var parsed), Quantity.Format(duration));
        Assert.Equal(duration, parsed);
    });

    [Theory]
    [InlineData("0s", 0)]
    [InlineData("500ms", 500)]
    [InlineData("1500ms", 1500)]
    [InlineData("30s", 30_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("2d", 172_800_000)]
    [InlineData("90m", 5_400_000)]
    public void Duration_Notation_IsReadAsThatTime(string text, long milliseconds)
    {
        Assert.True(Quantity.TryParseDuration(text, out var value));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), value);
        Assert.Equal(text, Quantity.Format(value));
    }

    [Theory]
    [InlineData("0B", 0)]
    [InlineData("1023B", 1023)]
    [InlineData("64KiB", 65_536)]
    [InlineData("16MiB", 16_777_216)]
    [InlineData("1GiB", 1_073_741_824)]
    [InlineData("8589934591GiB", 9_223_372_035_781_033_984)]
    public void Size_Notation_IsReadAsThatNumberOfBytes(string text, long bytes)
    {
        Assert.True(Quantity.TryParseSize(text, out var value));
        Assert.Equal(bytes, value);
        Assert.Equal(text, Quantity.Format(bytes));
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("30")]
    [InlineData("-1s")]
    [InlineData("+1s")]
    [InlineData("1.5s")]
    [InlineData("1 s")]
    [InlineData(" 1s")]
    [InlineData("1s ")]
    [InlineData("1S")]
    [InlineData("1sec")]
    [InlineData("1w")]
    [InlineData("1KiB")]
    [InlineData("٣s")]
    [InlineData("1h30m")]
    [InlineData("106751992d")]
    [InlineData("922337203685478000ms")]
    [InlineData("99999999999999999999999999999999999999999d")]
    public void Duration_Nonsense_IsNotParsed(string text) => Assert.False(Quantity.TryParseDuration(text, out _));

    [Theory]
    [InlineData("")]
    [InlineData("KiB")]
    [InlineData("64")]
    [InlineData("-1B")]
    [InlineData("64kib")]
    [InlineData("64KB")]
    [InlineData("64 KiB")]
    [InlineData("1.5MiB")]
    [InlineData("1TiB")]
    [InlineData("8589934592GiB")]
    [InlineData("9223372036854775808B")]
    [InlineData("99999999999999999999999999999999999999999GiB")]
    public void Size_Nonsense_IsNotParsed(string text) => Assert.False(Quantity.TryParseSize(text, out _));

    [Fact]
    public void Parse_AnyText_NeverThrows() => Gen.OneOf(Gen.String, Gen.String["0123456789smhdKMGiB .-+"]).Sample(text =>
    {
        if (Quantity.TryParseDuration(text, out var duration))
        {
            Assert.True(duration >= TimeSpan.Zero);
        }

        if (Quantity.TryParseSize(text, out var bytes))
        {
            Assert.InRange(bytes, 0, long.MaxValue);
        }
    });
}
