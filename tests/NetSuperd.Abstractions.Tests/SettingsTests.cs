namespace NetSuperd.Abstractions.Tests;

public sealed class SettingsTests
{
    private static readonly SettingPosition ValueAt = new("map.toml", 12, 9, 4);
    private static readonly SettingPosition KeyAt = new("map.toml", 12, 1, 3);

    [Fact]
    public void Getters_ValuesOfTheirType_ReturnThem()
    {
        var settings = Settings.Of(new Dictionary<string, object>
        {
            ["text"] = "hello",
            ["flag"] = true,
            ["count"] = 3,
            ["big"] = long.MaxValue,
            ["ratio"] = 0.5,
            ["duration"] = "1500ms",
            ["size"] = "64KiB",
            ["names"] = new List<string> { "a", "b" },
            ["table"] = Settings.Of(new Dictionary<string, object> { ["inner"] = "x" }),
        });

        Assert.Equal("hello", settings.GetString("text", "other"));
        Assert.True(settings.GetBoolean("flag"));
        Assert.Equal(3, settings.GetInteger("count", 7));
        Assert.Equal(long.MaxValue, settings.GetInteger("big"));
        Assert.Equal(0.5, settings.GetNumber("ratio"));
        Assert.Equal(3.0, settings.GetNumber("count"));
        Assert.Equal(TimeSpan.FromMilliseconds(1500), settings.GetDuration("duration"));
        Assert.Equal(65536, settings.GetSize("size"));
        Assert.Equal(["a", "b"], settings.GetStrings("names"));
        Assert.Equal("x", settings.GetTable("table").GetString("inner"));
        Assert.Empty(settings.Unread());
    }

    [Fact]
    public void Getters_NothingThere_ReturnWhatIsMeantByAbsent()
    {
        Assert.Equal("", Settings.Empty.GetString("x"));
        Assert.Equal("y", Settings.Empty.GetString("x", "y"));
        Assert.False(Settings.Empty.GetBoolean("x"));
        Assert.True(Settings.Empty.GetBoolean("x", true));
        Assert.Equal(5, Settings.Empty.GetInteger("x", 5, least: 10));
        Assert.Equal(0.25, Settings.Empty.GetNumber("x", 0.25));
        Assert.Equal(TimeSpan.FromSeconds(3), Settings.Empty.GetDuration("x", TimeSpan.FromSeconds(3)));
        Assert.Equal(99, Settings.Empty.GetSize("x", 99));
        Assert.Empty(Settings.Empty.GetStrings("x"));
        Assert.Empty(Settings.Empty.GetTable("x").Keys);
        Assert.Empty(Settings.Empty.Unread());
    }

    public static TheoryData<object, string> WrongTypes => new()
    {
        { 1L, "string" }, { true, "string" }, { "true", "boolean" }, { 1L, "boolean" }, { "1", "integer" }, { 1.0, "integer" },
        { "1.5", "number" }, { true, "number" }, { 30L, "duration" }, { "30", "duration" }, { "30 s", "duration" }, { 64L, "size" },
        { "64k", "size" }, { "a", "strings" }, { new List<object> { "a", 1L }, "strings" }, { "a", "table" },
        { new List<object>(), "table" },
    };

    [Theory]
    [MemberData(nameof(WrongTypes))]
    public void Getters_ValuesOfAnotherType_ComplainAtTheValue(object value, string getter)
    {
        var settings = Located(("key", value));

        var complaint = Assert.Throws<SettingsException>(() => Read(settings, getter));
        Assert.Equal(ValueAt, complaint.Position);
        Assert.Contains("'key'", complaint.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9, false)]
    [InlineData(10, true)]
    [InlineData(20, true)]
    [InlineData(21, false)]
    public void GetInteger_Bounds_AreInclusive(long value, bool isAccepted)
    {
        var settings = Located(("key", value));

        var complaint = Record.Exception(() => settings.GetInteger("key", 0, 10, 20));
        Assert.Equal(isAccepted ? null : ValueAt, (complaint as SettingsException)?.Position);
    }

    [Theory]
    [InlineData("key")]
    [InlineData("absent")]
    public void GetInteger_WithBoundsTheWrongWayRound_Throws(string key) =>
        Assert.ThrowsAny<ArgumentException>(() => Located(("key", 15L)).GetInteger(key, 0, 20, 10));

    [Fact]
    public void Unread_KeysThatNoHandlerRead_AreNamedWithTheirPosition()
    {
        var settings = Located(
            ("read", 1L), ("spare", 2L), ("table", Located(("inner", 3L), ("seen", 4L))), ("whole", Located(("inner", 5L))));
        _ = settings.GetInteger("read");
        _ = settings.GetTable("table").GetInteger("seen");

        Assert.Equal([("spare", KeyAt), ("table.inner", KeyAt), ("whole", KeyAt)], settings.Unread());
    }

    [Fact]
    public void Unread_AfterAWrongType_DoesNotNameTheKeyAsWell()
    {
        var settings = Located(("key", "text"));

        Assert.Throws<SettingsException>(() => settings.GetInteger("key"));
        Assert.Empty(settings.Unread());
    }

    [Fact]
    public void Contains_AKey_DoesNotCountAsRead()
    {
        var settings = Located(("key", 1L));

        Assert.True(settings.Contains("key"));
        Assert.False(settings.Contains("other"));
        Assert.Equal(["key"], settings.Keys);
        Assert.Equal(["key"], settings.Unread().Select(unread => unread.Path));
    }

    [Fact]
    public void Unread_WithoutAPlaceOfTheKey_HasThatOfTheValue()
    {
        var settings = new Settings(new Dictionary<string, Setting> { ["key"] = new(1L, ValueAt) });

        Assert.Equal([("key", ValueAt)], settings.Unread());
    }

    [Fact]
    public void Error_OfAKey_HasItsPlaceAndNoneForTheService()
    {
        var settings = Located(("key", 1L));

        Assert.Equal((ValueAt, "bad"), (settings.Error("key", "bad").Position, settings.Error("key", "bad").Message));
        Assert.Null(settings.Error("other", "bad").Position);
    }

    [Fact]
    public void Of_AList_CannotBeChangedFromOutside()
    {
        var names = new List<string> { "a" };
        var settings = Settings.Of(new Dictionary<string, object> { ["names"] = names });
        names.Add("b");

        Assert.Equal(["a"], settings.GetStrings("names"));
    }

    private static Settings Located(params (string Key, object Value)[] values) =>
        new(values.ToDictionary(pair => pair.Key, pair => new Setting(pair.Value, ValueAt, KeyAt)));

    private static object Read(Settings settings, string getter) => getter switch
    {
        "string" => settings.GetString("key"),
        "boolean" => settings.GetBoolean("key"),
        "integer" => settings.GetInteger("key"),
        "number" => settings.GetNumber("key"),
        "duration" => settings.GetDuration("key"),
        "size" => settings.GetSize("key"),
        "strings" => settings.GetStrings("key"),
        "table" => settings.GetTable("key"),
        _ => throw new ArgumentOutOfRangeException(nameof(getter)),
    };
}
