using System.ComponentModel.DataAnnotations;
using System.Net;

namespace NetSuperd.Abstractions.Tests;

public sealed class SettingsBindingTests
{
    private static readonly SettingPosition ValueAt = new("map.toml", 12, 9, 4);

    public enum Mode
    {
        ReadOnly,
        ReadWrite,
    }

    [Fact]
    public void Bind_ARecord_HasTheValuesOfItsKeys()
    {
        var settings = Located(
            ("word", "hi"), ("idle_time", "90s"), ("max_bytes", "64KiB"), ("mode", "read_write"), ("share", 1L), ("words", "/etc/words"),
            ("peer", "::1"), ("day", "2026-02-03"), ("port", 65535L), ("names", List("a", "b")),
            ("rooms", List(RoomOf("hall", 3), RoomOf("bar", 4))),
            ("first", RoomOf("attic", 1)), ("limits", Located(("a", 1L), ("b", 2L))), ("raw", Located(("x", 1L))));
        var bound = settings.Bind<Everything>();

        Assert.Equal(("hi", TimeSpan.FromSeconds(90), 65536L), (bound.Word, bound.IdleTime, bound.MaxBytes));
        Assert.Equal((Mode.ReadWrite, 1.0, "/etc/words"), (bound.Mode, bound.Share, bound.Words!.FullName));
        Assert.Equal((IPAddress.IPv6Loopback, new DateOnly(2026, 2, 3), (ushort)65535), (bound.Peer, bound.Day!.Value, bound.Port));
        Assert.Equal(["a", "b"], bound.Names);
        Assert.Equal([new Room("hall", 3), new Room("bar", 4)], bound.Rooms);
        Assert.Equal(new Room("attic", 1), bound.First);
        Assert.Equal(2, bound.Limits["b"]);
        Assert.Equal(1, bound.Raw!.GetInteger("x"));
        Assert.Equal([("/etc/words", ValueAt)], settings.Files());
        Assert.Empty(settings.Unread());
    }

    [Fact]
    public void Bind_WithoutOptionalKeys_KeepsTheDefaults()
    {
        var bound = Located(("word", "hi")).Bind<Everything>();

        Assert.Equal((TimeSpan.FromSeconds(5), 7, Mode.ReadOnly, null), (bound.IdleTime, bound.MaxBytes, bound.Mode, bound.Peer));
        Assert.Equal(["default"], bound.Names);
        Assert.Null(bound.Day);
    }

    public static TheoryData<string, object, string> Wrong => new()
    {
        { "word", 5L, "a string" }, { "idle_time", "soon", "a duration" }, { "max_bytes", 5L, "a size" },
        { "mode", "append", "\"read_only\", \"read_write\"" }, { "words", "words", "an absolute path" },
        { "peer", "somewhere", "IPAddress" }, { "port", 65536L, "from 0 to 65535" },
        { "names", List("a", 1L), "'names[1]' must be a string" }, { "names", "a", "an array" },
        { "first", "hall", "a table" }, { "limits", Located(("a", "b")), "'a' must be a whole number" }, { "share", 3L, "between 0 and 2" },
        { "rooms", List(Located(("name", "hall"), ("size", "3"))), "'size' must be a whole number" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Bind_AWrongValue_ComplainsAtIt(string key, object value, string said)
    {
        var complaint = Assert.Throws<SettingsException>(() => With(key, value).Bind<Everything>());

        Assert.Equal(ValueAt, complaint.Position);
        Assert.Contains(said, complaint.Message, StringComparison.Ordinal);
        Assert.Empty(complaint.Further);
    }

    [Fact]
    public void Bind_SeveralProblems_HasThemAll()
    {
        var settings = Located(("port", "x"), ("first", Located(("size", 1L))), ("rest", 1L));
        var complaint = Assert.Throws<SettingsException>(settings.Bind<Everything>);

        Assert.Equal(
            [
                ("the setting 'word' is missing", null),
                ("'port' must be a whole number", ValueAt),
                ("the setting 'name' is missing", ValueAt)],
            complaint.Further.Prepend(complaint).Select(each => (each.Message, each.Position)));
        Assert.Equal(["rest"], settings.Unread().Select(unread => unread.Path));
    }

    [Fact]
    public void Bind_KeysThatTheTypesDoNotHave_StayUnread()
    {
        var settings = Located(
            ("word", "hi"), ("wrod", 1L), ("rooms", List(RoomOf("hall", 3), Located(("name", "bar"), ("size", 1L), ("colour", "red")))));
        settings.Bind<Everything>();

        Assert.Equal(["wrod", "rooms[1].colour"], settings.Unread().Select(unread => unread.Path));
    }

    [Fact]
    public void Bind_ATypeThatCannotBe_SaysSoToTheDeveloper()
    {
        Assert.Throws<InvalidOperationException>(Settings.Empty.Bind<TwoWays>);
        Assert.Throws<InvalidOperationException>(Located(("view", Settings.Empty)).Bind<Impossible>);
    }

    private static Settings With(string key, object value) => key == "word" ? Located((key, value)) : Located(("word", "hi"), (key, value));

    private static Settings RoomOf(string name, long size) => Located(("name", name), ("size", size));

    private static List<object> List(params object[] items) => [.. items];

    private static Settings Located(params (string Key, object Value)[] values) =>
        new(values.ToDictionary(pair => pair.Key, pair => new Setting(pair.Value, ValueAt)));

    public sealed record Room(string Name, int Size);

    public sealed record Everything(string Word, TimeSpan? Pause, [Size] long MaxBytes = 7, DateOnly? Day = null)
    {
        public TimeSpan IdleTime { get; init; } = TimeSpan.FromSeconds(5);

        public Mode Mode { get; init; }

        [Range(0, 2)]
        public double Share { get; init; }

        public FileInfo? Words { get; init; }

        public IPAddress? Peer { get; set; }

        public ushort Port { get; init; }

        public IReadOnlyList<string> Names { get; init; } = ["default"];

        public List<Room> Rooms { get; init; } = [];

        public Room? First { get; init; }

        public IReadOnlyDictionary<string, int> Limits { get; init; } = new Dictionary<string, int>();

        public Settings? Raw { get; init; }

        public string Derived => Word;
    }

    public sealed class TwoWays
    {
        public TwoWays()
        {
        }

        public TwoWays(string word) => ArgumentNullException.ThrowIfNull(word);
    }

    public sealed record Impossible(IServerView View);
}
